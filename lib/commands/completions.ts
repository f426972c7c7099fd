/**
 * `ptrack completions`: the script for a shell. The same command has a way for
 * the scripts to ask for names, `ptrack completions workspaces` or `sessions`,
 * which loads nothing of all that.
 */
import type { Platform } from "../platform/platform.ts";
import { SHELLS } from "./completion_commands.ts";
import type { Invocation } from "../cli/invocation.ts";
import { badValue } from "../cli/usage.ts";

const SCRIPTS: Readonly<
  Record<(typeof SHELLS)[number], () => Promise<string>>
> = {
  bash: async () => (await import("./completions/bash.ts")).bashScript(),
  zsh: async () => (await import("./completions/zsh.ts")).zshScript(),
  fish: async () => (await import("./completions/fish.ts")).fishScript(),
  powershell: async () =>
    (await import("./completions/powershell.ts")).powershellScript(),
  nushell: async () =>
    (await import("./completions/nushell.ts")).nushellScript(),
};

/** Prints the script of a shell, or names for one that asks. */
export async function runCompletions(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const [name = ""] = invocation.operands;
  if (name === "workspaces" || name === "sessions") {
    const { printNames } = await import("./completions/names.ts");
    return printNames(platform, invocation, name);
  }
  const shell = SHELLS.find((one) => one === name);
  if (shell === undefined) {
    throw badValue(
      name,
      "a shell",
      `there are completions for ${SHELLS.join(", ")}`,
    );
  }
  platform.stdout.write(await SCRIPTS[shell]());
  return 0;
}

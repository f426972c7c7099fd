/**
 * `ptrack completions`: the script for a shell. The same command has a way for
 * the scripts to ask for names, `ptrack completions workspaces` or `sessions`,
 * which loads nothing of all that.
 */
import type { Platform } from "../platform/platform.ts";
import type { Invocation } from "../cli/command.ts";
import type { Command } from "../cli/command.ts";
import { badValue } from "../cli/messages.ts";

/** The shells that there are completions for. */
const SHELLS = ["bash", "zsh", "fish", "powershell", "nushell"] as const;

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

/** The command `completions`. */
export const command: Command = {
  name: "completions",
  group: "Other",
  summary: "Print the completions for a shell, to be loaded by it",
  operands: {
    kind: "word",
    name: "SHELL",
    required: true,
    help: "bash, zsh, fish, powershell or nushell",
    choices: SHELLS,
  },
  options: [],
  details: [
    "They complete commands, options and their values, and the names of the " +
    "workspaces and sessions that are there. How to install them is in " +
    "docs/completions.md.",
  ],
  examples: [
    ['eval "$(ptrack completions bash)"', "in ~/.bashrc"],
    ["source <(ptrack completions zsh)", "in ~/.zshrc, after compinit"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "there are no completions for this shell"],
  ],
  run,
};

async function run(
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

/** `ptrack shell-init`: the functions for a shell, to be evaluated by it. */
import type { Platform } from "../platform/platform.ts";
import bash from "./shell/bash.sh" with { type: "text" };
import shared from "./shell/shared.sh" with { type: "text" };
import zsh from "./shell/zsh.sh" with { type: "text" };
import type { Invocation } from "../cli/invocation.ts";
import { badValue } from "../cli/usage.ts";

const SHELLS: Readonly<Record<string, string>> = { bash, zsh };

/** Prints the functions of a shell that there are some for. */
export function runShellInit(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const [name = ""] = invocation.operands;
  if (!Object.hasOwn(SHELLS, name)) {
    throw badValue(name, "a shell", "there are functions for bash and zsh");
  }
  platform.stdout.write(`${SHELLS[name]}${shared}`);
  return Promise.resolve(0);
}

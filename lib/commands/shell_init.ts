/** `ptrack shell-init`: shell functions that report without a process each. */
import { valueError } from "../errors.ts";
import type { Command } from "../cli/command.ts";
import bash from "./shell/bash.sh" with { type: "text" };
import shared from "./shell/shared.sh" with { type: "text" };
import zsh from "./shell/zsh.sh" with { type: "text" };

const SHELLS: Readonly<Record<string, string>> = { bash, zsh };

export const command: Command = {
  name: "shell-init",
  summary: "Print shell functions that report without starting a process",
  operands: {
    kind: "word",
    name: "SHELL",
    required: true,
    help: "bash (4.4 or later) or zsh",
    choices: ["bash", "zsh"],
  },
  options: [],
  details: [
    "The functions: ptrack_start (options and text as of `ptrack start`), " +
    "ptrack_heartbeat [PROGRESS] [TEXT], ptrack_waiting [TEXT], ptrack_error " +
    "TEXT, ptrack_complete [FILE…], ptrack_fail TEXT. They write to one " +
    "`ptrack stream` in the background. When the shell exits, its exit code " +
    "ends the session.",
  ],
  examples: [
    ['eval "$(ptrack shell-init bash)"', "at the top of a script"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "there are no functions for this shell"],
  ],
  run(platform, invocation) {
    const [name = ""] = invocation.operands;
    if (!Object.hasOwn(SHELLS, name)) {
      throw valueError(name, "a shell", "there are functions for bash and zsh");
    }
    platform.stdout.write(`${SHELLS[name]}${shared}`);
    return 0;
  },
};

/** The command by which shells learn to complete command lines of ptrack. */
import type { Command } from "../cli/table_types.ts";

/** The shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell", "nushell"] as const;

const COMPLETIONS: Command = {
  name: "completions",
  group: "Other",
  summary: "Print the completions for a shell, to be loaded by it",
  operands: {
    kind: "text",
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
};

/** What makes ptrack easier to type. */
export const COMPLETION: readonly Command[] = [COMPLETIONS];

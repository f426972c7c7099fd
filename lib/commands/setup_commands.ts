/** The commands that set ptrack up in a repository, and look after that. */
import type { Command, Option } from "../cli/table_types.ts";

const CLAUDE_CODE: Option = {
  name: "claude-code",
  help: "Also add hooks to Claude Code's settings",
};

const INIT: Command = {
  name: "init",
  group: "Other",
  summary: "Set up this directory, and Claude Code",
  operands: { kind: "none" },
  options: [
    CLAUDE_CODE,
    {
      name: "scope",
      value: "SCOPE",
      choices: ["local", "project", "user"],
      help:
        "Whose settings: yours here (local), the project's, yours everywhere",
    },
    {
      name: "no-prompts",
      help: "Let the hooks keep no text of prompts and tool inputs",
    },
    { name: "no-skill", help: "Do not write the skill file" },
    { name: "check", help: "Only check the setup, as doctor does" },
    { name: "remove", help: "Undo init" },
    { name: "dry-run", help: "Print what would be done, and do nothing" },
  ],
  details: [
    "Creates .parallel and adds it to .gitignore. With --claude-code it also " +
    "adds hooks to Claude Code's settings. Every other byte of the file stays " +
    "as it is, and the first time a backup is kept. A file that is not strict " +
    "JSON is left alone. Running init again changes nothing.",
    "--remove deletes the hooks, the skill and the lines in .gitignore, in " +
    "all scopes unless --scope names one. It keeps .parallel.",
  ],
  examples: [
    ["ptrack init", "create .parallel, ignored by git"],
    ["ptrack init --claude-code", "also let Claude Code sessions report"],
    ["ptrack init --claude-code --scope user --no-prompts", "everywhere"],
    ["ptrack init --remove --dry-run", "show what would be removed"],
  ],
  exitCodes: [
    [0, "done, or nothing to do"],
    [1, "the settings cannot be used, or a check failed"],
    [2, "the command line is wrong"],
    [4, "could not read or write"],
  ],
  load: async () => (await import("./init.ts")).runInit,
};

const DOCTOR: Command = {
  name: "doctor",
  group: "Other",
  summary: "Check the setup, and find leftovers",
  operands: { kind: "none" },
  options: [{
    name: "fix",
    help: "Remove temporary files that killed writers left",
  }],
  details: [
    "Prints a line for each check, and below each problem what to do: are " +
    "the hooks set up, enabled and fast; is .parallel ignored by git, " +
    "writable and on a local disk; do the clocks agree; are there leftover " +
    "temporary files; do two sessions share a worktree or an output.",
  ],
  examples: [["ptrack doctor", "is everything working?"]],
  exitCodes: [
    [0, "nothing is wrong"],
    [1, "a check failed"],
    [4, "could not read or write"],
  ],
  load: async () => (await import("./doctor.ts")).runDoctor,
};

/** The commands that set ptrack up. */
export const SETUP: readonly Command[] = [INIT, DOCTOR];

/** The commands that set ptrack up in a repository, and look after that. */
import type { Command, Option } from "../cli/table_types.ts";

const CLAUDE_CODE: Option = {
  name: "claude-code",
  help: "Set up the hooks of Claude Code, too",
};

const INIT: Command = {
  name: "init",
  group: "Other",
  summary: "Set ptrack up here, and for Claude Code",
  operands: { kind: "none" },
  options: [
    CLAUDE_CODE,
    {
      name: "scope",
      value: "SCOPE",
      choices: ["local", "project", "user"],
      help: "Whose settings: yours here (local), everybody's, yours everywhere",
    },
    {
      name: "no-prompts",
      help: "Hooks keep not even one line of prompts and tools' inputs",
    },
    { name: "no-skill", help: "Leave the skill file out" },
    { name: "check", help: "Only check, as doctor does" },
    { name: "remove", help: "Take back exactly what was added" },
    { name: "dry-run", help: "Say what would be done, and do nothing" },
  ],
  details: [
    "Makes .parallel and adds it to .gitignore. With --claude-code its hooks " +
    "are merged into Claude Code's settings: what is there stays as it is, " +
    "to the byte, with a backup the first time. A file that is no strict " +
    "JSON is not touched. A second run changes nothing.",
    "--remove takes hooks, skill and lines in .gitignore back, in all scopes " +
    "unless one is named; .parallel stays.",
  ],
  examples: [
    ["ptrack init", "make .parallel, ignored by git"],
    ["ptrack init --claude-code", "and let Claude Code's sessions report"],
    ["ptrack init --claude-code --scope user --no-prompts", "everywhere"],
    ["ptrack init --remove --dry-run", "what would be taken back"],
  ],
  exitCodes: [
    [0, "done, or nothing to do"],
    [1, "refused: settings that cannot be used, or a check that failed"],
    [2, "the command line is wrong"],
    [4, "could not read or write"],
  ],
  load: async () => (await import("./init.ts")).runInit,
};

const DOCTOR: Command = {
  name: "doctor",
  group: "Other",
  summary: "Check that all is set up, and what lies about",
  operands: { kind: "none" },
  options: [{
    name: "fix",
    help: "Remove temporary files of writers that were killed",
  }],
  details: [
    "One line a check, with a remedy where something is wrong: hooks set up, " +
    "in force and quick; .parallel ignored, writable, on a local disk; " +
    "clocks; temporary files; sessions that share a worktree or an output.",
  ],
  examples: [["ptrack doctor", "is all of it in order?"]],
  exitCodes: [
    [0, "nothing is wrong"],
    [1, "a check failed"],
    [4, "could not read or write"],
  ],
  load: async () => (await import("./doctor.ts")).runDoctor,
};

/** The commands that set ptrack up. */
export const SETUP: readonly Command[] = [INIT, DOCTOR];

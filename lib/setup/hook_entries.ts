/**
 * The hooks that ptrack adds to Claude Code's settings: their events, their
 * command, and how our commands are told from others. Pure.
 */
import { shellQuote } from "../session/shell_quote.ts";

/** An event to register for. */
export interface HookEntry {
  event: string;
  /** The tools that it is limited to; absent for events without a matcher. */
  matcher?: string;
}

/** Every version that has hooks as they are now knows these. */
const CORE: readonly HookEntry[] = [
  { event: "SessionStart" },
  { event: "UserPromptSubmit" },
  { event: "PreToolUse", matcher: "AskUserQuestion|ExitPlanMode" },
  { event: "PostToolUse", matcher: "*" },
  { event: "Notification" },
  { event: "Stop" },
  { event: "SubagentStop" },
  { event: "SessionEnd" },
];

/** A version that does not know one of these may ignore all its settings. */
const NEWER: readonly HookEntry[] = [
  { event: "PostToolUseFailure", matcher: "*" },
  { event: "PermissionRequest", matcher: "*" },
  { event: "SubagentStart" },
  { event: "StopFailure" },
  { event: "TaskCreated" },
  { event: "TaskCompleted" },
  { event: "Elicitation" },
  { event: "ElicitationResult" },
];

/** The first version that knows the newer events, and ignores unknown ones. */
const TOLERANT = "2.1.101";

/** How long Claude Code waits for a hook. */
export const HOOK_TIMEOUT_S = 5;

/** Every event to register for. */
export const ALL_ENTRIES: readonly HookEntry[] = [...CORE, ...NEWER];

/** Names of the events that every version knows. */
export const CORE_EVENTS: readonly string[] = CORE.map(({ event }) => event);

/** The events for a version such as `2.1.330 (Claude Code)`; null: unknown. */
export function entriesFor(version: string | null): readonly HookEntry[] {
  const [number] = /\d+\.\d+\.\d+/.exec(version ?? "") ?? ["0"];
  const isOld = number.localeCompare(TOLERANT, "en", { numeric: true }) < 0;
  return isOld ? CORE : ALL_ENTRIES;
}

/** The command of a hook: by its name, or by its path if one is given. */
export function hookCommand(
  path: string | null,
  { prompts }: { prompts: boolean },
): string {
  const program = path === null ? "ptrack" : shellQuote(path);
  return `${program} hook${prompts ? "" : " --no-prompts"}`;
}

/** The program: bare, in single quotes, or in double ones as people write. */
const HOOK =
  /^(?:([^"'\s]+)|((?:'[^']*'|\\')+)|"((?:[^"\\]|\\.)*)") hook(?: --no-prompts)?$/;
const OURS = /(?:^["']?|[/\\])ptrack(?:\.exe)?["']? hook(?: --no-prompts)?$/;

/** Whether a command is one that `hookCommand` makes, however it is quoted. */
export function isOurCommand(command: unknown): command is string {
  return typeof command === "string" && HOOK.test(command) &&
    OURS.test(command);
}

/**
 * The path or name of the program that a command of ours runs; null if a shell
 * would make something else of it than what is written.
 */
export function plainProgram(command: string): string | null {
  const [, bare, single, double] = HOOK.exec(command) ?? [];
  if (single !== undefined) return single.replace(/'([^']*)'|\\(')/g, "$1$2");
  if (double !== undefined) return /[$`\\]/.test(double) ? null : double;
  // A word with an equals sign may be an assignment.
  const isPlain = bare !== undefined && shellQuote(bare) === bare &&
    !/^[^/]*=/.test(bare);
  return isPlain ? bare : null;
}

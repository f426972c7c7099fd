/**
 * The hooks that ptrack puts into Claude Code's settings: for which events,
 * with which matcher, and how our own are told from others'. Pure.
 */

/** An event to be told of. */
export interface HookEntry {
  event: string;
  /** Only of these; absent where an event takes no matcher. */
  matcher?: string;
}

/** Known to every version that has hooks as they are now. */
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

/** One that a version does not know may cost it all its settings. */
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

/** From this version on an unknown event is harmless, and these are known. */
const TOLERANT = [2, 1, 101];

/** Seconds that Claude Code gives a hook. */
export const HOOK_TIMEOUT_S = 5;

/** The events for a version as `claude --version` tells it; null: unknown. */
export function entriesFor(version: string | null): readonly HookEntry[] {
  return isTolerant(version) ? [...CORE, ...NEWER] : CORE;
}

/** Names of the events that every version knows. */
export const CORE_EVENTS: readonly string[] = CORE.map(({ event }) => event);

/** Whether a version, such as `2.1.330 (Claude Code)`, takes newer events. */
export function isTolerant(version: string | null): boolean {
  const found = /(\d+)\.(\d+)\.(\d+)/.exec(version ?? "");
  if (found === null) return false;
  const parts = found.slice(1).map(Number);
  for (const [at, least] of TOLERANT.entries()) {
    if (parts[at] !== least) return parts[at]! > least;
  }
  return true;
}

/** The command that is called: by name if that is found, else by its path. */
export function hookCommand(
  path: string | null,
  { prompts }: { prompts: boolean },
): string {
  const program = path === null ? "ptrack" : quote(path);
  return `${program} hook${prompts ? "" : " --no-prompts"}`;
}

/** Shells of all systems take double quotes; the rest is no path of ours. */
function quote(path: string): string {
  return isPlain(path) ? path : `"${path.replace(/[$`"\\]/g, "\\$&")}"`;
}

/** Whether a shell takes it as it stands. */
function isPlain(path: string): boolean {
  return /^[A-Za-z0-9_./:@%+,-]+$/.test(path);
}

/** The program of a command: in double quotes, in single ones, or bare. */
const OURS =
  /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"'\s]*)) hook(?: --no-prompts)?$/;
const PTRACK = /(?:^|[/\\])ptrack(?:\.exe)?$/;

/** Whether a command is one that `hookCommand` makes. */
export function isOurCommand(command: unknown): boolean {
  return typeof command === "string" && PTRACK.test(programOf(command) ?? "");
}

/**
 * The path or name of the program that a command of ours calls; null if a
 * shell would make something else of it than what is written there.
 */
export function plainProgram(command: string): string | null {
  const [, double, single] = OURS.exec(command) ?? [];
  const program = programOf(command);
  if (program === null || single !== undefined) return program;
  if (double === undefined) return isPlain(program) ? program : null;
  return quote(program) === `"${double}"` || isPlain(program) ? program : null;
}

function programOf(command: string): string | null {
  const [, double, single, bare] = OURS.exec(command) ?? [];
  return double?.replace(/\\([$`"\\])/g, "$1") ?? single ?? bare ?? null;
}

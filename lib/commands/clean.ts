/**
 * `ptrack clean`: finds what may be removed, lists it, asks, and removes it.
 * Between the list and the removal anything may happen, so each session is
 * looked at again and stays if it has changed; what cannot be removed does not
 * stop the rest.
 */
import {
  oneLine,
  RefusedError,
  StorageError,
  UsageError,
  valueError,
  warn,
} from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { livenessOfSession, processInspector } from "../process/owners.ts";
import { cleaningText, countsText } from "../report/cleaning.ts";
import { displayName, sanitize } from "../report/sanitize.ts";
import {
  type Candidate,
  candidateOf,
  type Criteria,
  markOf,
  type WorkspaceCleaning,
} from "../session/cleaning.ts";
import { parseDuration } from "../session/times.ts";
import { checkExistingName } from "../session/names.ts";
import type {
  SessionRef,
  SessionReport,
  SessionView,
} from "../session/types.ts";
import { assess } from "../session/verdict.ts";
import { openStore } from "../store/open.ts";
import type {
  SessionStore,
  SurveyedSession,
  WorkspaceSurvey,
} from "../store/store.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { namedDirectory, setting, WORKSPACE } from "../cli/options.ts";
import { nothingThere } from "./not_found.ts";

/** How often a session is tried that another cleaning has hidden. */
const TRIES = 5;

/** What is told at the end. */
interface Warnings {
  /** What was left alone, and why. */
  notes: string[];
  /** What could not be read or removed, and why. */
  failures: string[];
}

export const command: Command = {
  name: "clean",
  summary: "Remove sessions that have ended, and empty workspaces",
  options: [
    {
      name: "older-than",
      value: "DURATION",
      help: "Only sessions that ended this long ago (7d); 0 takes all",
    },
    {
      name: "all-states",
      help: "Also crashed, timed-out, unreadable and pending sessions",
    },
    { name: "dry-run", help: "List what would be removed, and stop" },
    { name: "yes", help: "Do not ask; needed where there is no terminal" },
  ],
  details: [
    "Lists what it would remove, and asks. Without --workspace or " +
    "PTRACK_WORKSPACE it cleans all workspaces, and removes those that are " +
    "empty then. A session that has not ended is as old as its last sign of " +
    "life; a duration is like 12h, 7d or 1d12h.",
    "It never removes a session that runs, waits or is stale, that has " +
    "changed since it was listed, or whose command still runs, and never " +
    "follows a symbolic link. What belongs to another user, or has files that " +
    "are not of a session, stays. It also removes what a killed clean has left.",
  ],
  examples: [
    ["ptrack clean --dry-run", "what ended more than a week ago"],
    ["ptrack clean --all-states --older-than 30d --yes", "for cron"],
  ],
  exitCodes: [
    [0, "removed, or nothing to remove"],
    [1, "the answer was no: nothing was removed"],
    [2, "the command line is wrong, or there is no terminal to ask in"],
    [3, "no such workspace"],
    [4, "some things could not be read or removed; the rest was removed"],
  ],
  async run(platform, invocation) {
    const criteria = readCriteria(platform, invocation);
    const named = setting(platform, invocation, WORKSPACE);
    if (named !== null) checkExistingName(named, "workspace");
    const store = openStore(platform, namedDirectory(platform, invocation));
    const surveys = await store.survey(named);
    if (named !== null && surveys.length === 0) {
      throw await nothingThere(store, named);
    }
    const warnings: Warnings = { notes: [], failures: [] };
    const cleanings = surveys
      .map((survey) => choose(survey, criteria, warnings))
      .filter(({ candidates, isEmptied }) =>
        isEmptied || candidates.length > 0
      );
    const { stdout } = platform;
    stdout.write(cleaningText(cleanings));
    const counts = countsText(cleanings);
    const place = sanitize(JSON.stringify(store.location));
    if (cleanings.length === 0) {
      stdout.write(`Nothing to remove below ${place}\n`);
    } else if (invocation.flag("dry-run")) {
      stdout.write(`Would remove ${counts} below ${place}\n`);
    } else {
      const question = `Remove ${counts} below ${place}?`;
      if (!invocation.flag("yes") && !await isAgreed(platform, question)) {
        stdout.write("Removed nothing\n");
        return 1;
      }
      const removed = await removeAll(store, cleanings, warnings);
      stdout.write(`Removed ${countsText(removed)}\n`);
    }
    const { notes, failures } = warnings;
    for (const text of [...notes, ...failures]) warn(platform, text);
    return failures.length > 0 ? 4 : 0;
  },
};

function readCriteria(platform: Platform, invocation: Invocation): Criteria {
  const text = invocation.text("older-than") ?? "7d";
  const olderThanS = parseDuration(text);
  if (olderThanS === null) {
    const expected = "a duration is like 12h, 7d or 1d12h; 0 takes all";
    throw valueError(text, "--older-than", expected);
  }
  const inspector = processInspector(platform);
  return {
    states: invocation.flag("all-states") ? "dead" : "ended",
    olderThanS,
    nowUs: platform.clock.nowUs(),
    livenessOf: (view) => livenessOfSession(inspector, view),
  };
}

/** What may be removed from a workspace; notes what has to be left alone. */
function choose(
  { workspace, problem, sessions, hasOthers }: WorkspaceSurvey,
  criteria: Criteria,
  { notes, failures }: Warnings,
): WorkspaceCleaning {
  if (problem !== "") failures.push(problem);
  const candidates: Candidate[] = [];
  for (const session of sessions) {
    const report = { ...session, verdict: assess(session.view, criteria) };
    const candidate = candidateOf(report, criteria);
    if (candidate === null) continue;
    const obstacle = findObstacle(report, criteria);
    if (obstacle === "") candidates.push(candidate);
    else notes.push(leftAlone(session.view, obstacle));
  }
  const isEmptied = !hasOthers && candidates.length === sessions.length;
  return { workspace, candidates, isEmptied };
}

/** Why a session must be left alone, old as it is; "" if it need not be. */
function findObstacle(
  { view, verdict, isTombstone, obstacle }: SurveyedSession & SessionReport,
  { livenessOf }: Criteria,
): string {
  const { state } = verdict;
  if (state === "crashed" && livenessOf?.(view)?.child === "alive") {
    return "its command still runs";
  }
  // A removal may have been killed before it saw that its session lives.
  return isTombstone && state === "running"
    ? `the session in it, "${displayName(view.status.session_id)}", runs; ` +
      "give it its name back"
    : obstacle;
}

function leftAlone({ workspace, sessionId }: SessionRef, why: string): string {
  const name = `${displayName(workspace)}/${displayName(sessionId)}`;
  return `Left "${name}" alone: ${why}`;
}

/** Asks in the terminal. Throws UsageError where there is none. */
async function isAgreed(
  platform: Platform,
  question: string,
): Promise<boolean> {
  const input = await platform.openInput();
  if (!input.isTerminal) {
    throw new UsageError(
      "Cannot ask whether to remove this: standard input is not a terminal; " +
        "--yes removes it without a question, --dry-run only lists it",
    );
  }
  platform.stderr.write(`${oneLine(question)} [y/N] `);
  const answer = input.readLine()?.trim().toLowerCase() ?? "";
  return answer === "y" || answer === "yes";
}

/** Removes what was chosen; returns what of it this removed. */
async function removeAll(
  store: SessionStore,
  cleanings: readonly WorkspaceCleaning[],
  { notes, failures }: Warnings,
): Promise<WorkspaceCleaning[]> {
  const noteFailure = (error: unknown) => {
    const isKnown = error instanceof StorageError ||
      error instanceof RefusedError;
    if (!isKnown) throw error;
    failures.push(error.message);
    return null;
  };
  const removed: WorkspaceCleaning[] = [];
  for (const { workspace, candidates } of cleanings) {
    const gone: Candidate[] = [];
    for (const candidate of candidates) {
      const ref = { workspace, sessionId: candidate.sessionId };
      const end = await removeSession(store, ref, candidate.mark)
        .catch(noteFailure);
      if (end === "removed") gone.push(candidate);
      if (end === "changed") {
        notes.push(leftAlone(ref, "it has changed meanwhile"));
      }
    }
    // Always: another cleaning may have removed what else was in it.
    const isEmptied = await store.removeWorkspace(workspace)
      .catch(noteFailure) ?? false;
    removed.push({ workspace, candidates: gone, isEmptied });
  }
  return removed;
}

/** Removes a session that is as it was, unless another cleaning has. */
async function removeSession(
  store: SessionStore,
  ref: SessionRef,
  mark: string,
): Promise<"removed" | "changed" | "absent"> {
  const isSame = (view: SessionView) => markOf(view) === mark;
  for (let tried = 1; tried <= TRIES; tried++) {
    if (await store.remove(ref, isSame)) return "removed";
    // Another cleaning may have hidden it for a moment.
    const view = await store.read(ref);
    if (view === null) return "absent";
    if (!isSame(view)) break;
  }
  return "changed";
}

/**
 * `ptrack clean`: finds what may go, lists it, asks, removes it. Between the
 * list and the removal anything may happen, so each session is looked at again
 * and stays if it has changed; what cannot be removed stops nothing else.
 */
import { RefusedError, StorageError, UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { SessionMonitor } from "../monitor.ts";
import { livenessOf } from "../process/owners.ts";
import { cleaningText, countsText } from "../report/cleaning.ts";
import { displayName } from "../report/sanitize.ts";
import {
  type Candidate,
  chooseSessions,
  countCleaning,
  type Criteria,
  type Leftover,
  markOf,
  SETTLING_S,
  type WorkspaceCleaning,
} from "../session/cleaning.ts";
import { assess } from "../session/verdict.ts";
import { parseDuration } from "../session/duration.ts";
import { checkExistingName } from "../session/names.ts";
import type { SessionReport, SessionView } from "../session/types.ts";
import {
  hasOnlyOurs,
  inspectDirectory,
  removeTombstone,
  removeWorkspace,
  scanWorkspace,
} from "../store/files/orphans.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { namedDirectory, setting } from "../cli/settings.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { nothingThere } from "./monitor/request.ts";
import { oneLine } from "../cli/messages.ts";
import { WORKSPACE } from "../cli/options.ts";
import { badValue } from "../cli/messages.ts";

const DEFAULT_AGE = "7d";
/** How often a session is tried that seems to change and has not. */
const TRIES = 5;

/** A cleaning on its way. */
interface Cleaner {
  platform: Platform;
  store: SessionStore;
  criteria: Criteria;
  /** What could not be read or removed, and why. */
  failures: string[];
  /** What was left alone, and why. */
  notes: string[];
}

/** The command `clean`. */
export const command: Command = {
  name: "clean",
  group: "Other",
  summary: "Remove sessions that have ended, and empty workspaces",
  operands: { kind: "none" },
  options: [
    {
      name: "older-than",
      value: "DURATION",
      help: "Only what ended this long ago (7d); 0 takes all",
    },
    {
      name: "all-states",
      help: "Crashed, timed-out, unreadable and pending sessions too",
    },
    { name: "dry-run", help: "List what would be removed, and stop" },
    { name: "yes", help: "Do not ask; needed where there is no terminal" },
  ],
  details: [
    "Lists what it would remove and asks. Without --workspace or " +
    "PTRACK_WORKSPACE it looks through all workspaces. A session that has " +
    "not ended has the age of its last sign of life; the duration is like " +
    "12h, 7d or 1d12h. A workspace goes when nothing is left in it.",
    "A session that runs, waits or is stale is never removed, nor one that " +
    "has changed since it was listed, nor one whose command still runs, nor " +
    "anything behind a symbolic link. What a removal that was killed has " +
    "left is removed as well.",
  ],
  examples: [
    ["ptrack clean --dry-run", "what ended more than a week ago"],
    [
      "ptrack clean -w adrs --older-than 0",
      "all of a workspace that has ended",
    ],
    ["ptrack clean --all-states --older-than 30d --yes", "for cron"],
  ],
  exitCodes: [
    [0, "removed, or nothing to remove"],
    [1, "the answer was no: nothing was removed"],
    [2, "the command line is wrong, or nobody can be asked"],
    [3, "no such workspace"],
    [4, "something could not be read or removed; the rest was"],
  ],
  run: clean,
};

async function clean(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const cleaner: Cleaner = {
    platform,
    store: openStore(platform, namedDirectory(platform, invocation)),
    criteria: readCriteria(invocation),
    failures: [],
    notes: [],
  };
  checkRoot(cleaner);
  const named = setting(platform, invocation, WORKSPACE);
  const cleanings = await findAll(cleaner, named);
  platform.stdout.write(cleaningText(cleanings));
  const counts = countsText(countCleaning(cleanings));
  const place = JSON.stringify(cleaner.store.location);
  if (cleanings.length === 0) {
    platform.stdout.write(`Nothing to remove below ${place}\n`);
  } else if (invocation.flag("dry-run")) {
    platform.stdout.write(`Would remove ${counts} below ${place}\n`);
  } else {
    const question = `Remove ${counts} below ${place}?`;
    if (!invocation.flag("yes") && !isAgreed(platform, question)) {
      platform.stdout.write("Removed nothing\n");
      return 1;
    }
    await removeAll(cleaner, cleanings);
  }
  tell(platform, cleaner.notes);
  tell(platform, cleaner.failures);
  return cleaner.failures.length > 0 ? 4 : 0;
}

function readCriteria(invocation: Invocation): Criteria {
  const text = invocation.text("older-than") ?? DEFAULT_AGE;
  const olderThanS = parseDuration(text);
  if (olderThanS === null) {
    throw badValue(
      text,
      "--older-than",
      "a duration is like 12h, 7d or 1d12h; 0 takes all",
    );
  }
  const states = invocation.flag("all-states") ? "dead" : "ended";
  return { states, olderThanS };
}

/** What may go, of the named workspace or of all. Throws NotFoundError. */
async function findAll(
  cleaner: Cleaner,
  named: string | null,
): Promise<WorkspaceCleaning[]> {
  if (named !== null) checkExistingName(named, "workspace");
  const { store } = cleaner;
  const found: WorkspaceCleaning[] = [];
  for (const workspace of named === null ? await store.workspaces() : [named]) {
    const cleaning = named === null
      ? await trying(cleaner, () => find(cleaner, workspace))
      : await find(cleaner, workspace);
    if (cleaning !== null) found.push(cleaning);
    else if (named !== null) throw await nothingThere(store, named);
  }
  return found.filter(({ sessions, leftovers, isEmptied }) =>
    isEmptied || sessions.length + leftovers.length > 0
  );
}

async function find(
  cleaner: Cleaner,
  workspace: string,
): Promise<WorkspaceCleaning | null> {
  const { platform, store, criteria } = cleaner;
  const monitor = new SessionMonitor({ workspace }, { store, platform });
  const [snapshot] = await monitor.snapshots();
  const survey = scanWorkspace(platform.files, store.location, workspace);
  if (snapshot === undefined || survey === null) return null;
  const reports = snapshot.sessions.map((one) => withRemains(cleaner, one))
    .filter((report) => report !== null);
  const { takenUs } = snapshot;
  const sessions = chooseSessions({ sessions: reports, takenUs }, criteria);
  const leastS = Math.max(SETTLING_S, criteria.olderThanS);
  const old = survey.trash
    .map(({ name, changedUs }) => ({ name, ageS: (takenUs - changedUs) / 1e6 }))
    .filter(({ ageS }) => ageS >= leastS);
  const leftovers: Leftover[] = [];
  for (const leftover of old) {
    if (!await isAlive(cleaner, workspace, leftover)) leftovers.push(leftover);
  }
  const going = sessions.length + leftovers.length;
  const isEmptied = survey.names.length === going;
  return { workspace, sessions, leftovers, isEmptied };
}

/** A removal may have been killed before it saw that its session lives. */
async function isAlive(
  { platform, store, notes }: Cleaner,
  workspace: string,
  { name }: Leftover,
): Promise<boolean> {
  const view = await store.read({ workspace, sessionId: name });
  const { clock } = platform;
  const moment = { nowUs: clock.nowUs() };
  if (view === null || assess(view, moment).state !== "running") return false;
  const shown = `${displayName(workspace)}/${displayName(name)}`;
  notes.push(
    `Left "${shown}" alone: the session in it, ` +
      `"${displayName(view.status.session_id)}", runs; give it its name back`,
  );
  return true;
}

/** The same with the age of what cannot be read; null if it is left alone. */
function withRemains(
  cleaner: Cleaner,
  report: SessionReport,
): SessionReport | null {
  const { platform, store, criteria, notes } = cleaner;
  const { view, verdict } = report;
  if (criteria.states === "ended") return report;
  const name = `${displayName(view.workspace)}/${displayName(view.sessionId)}`;
  if (
    verdict.state === "crashed" && livenessOf(platform, view)?.child === "alive"
  ) {
    notes.push(`Left "${name}" alone: its command still runs`);
    return null;
  }
  if (
    view.condition === "empty" &&
    !hasOnlyOurs(platform.files, store.location, view)
  ) {
    notes.push(`Left "${name}" alone: it has files, but none of a session`);
    return null;
  }
  if (view.condition !== "unreadable") return report;
  const remains = inspectDirectory(platform.files, store.location, view);
  if (remains.kind === "other") {
    notes.push(`Left "${name}" alone: ${remains.problem}`);
    return null;
  }
  return { verdict, view: { ...view, modifiedUs: remains.changedUs } };
}

/** What lies behind a link is not ours to clean, whoever made the link. */
function checkRoot({ platform, store: { location } }: Cleaner): void {
  if (platform.files.inspect(location)?.kind !== "symlink") {
    return checkIsOurs(platform, location);
  }
  throw new StorageError(
    `Cannot clean "${location}": it is a symbolic link; name what it leads ` +
      "to with --dir",
  );
}

/** What others keep in directories of directories is not to be removed. */
function checkIsOurs(platform: Platform, location: string): void {
  const isNamed = /(^|[/\\])\.parallel[/\\]*$/.test(location);
  const isMarked = platform.files.inspect(`${location}/.gitignore`) !== null &&
    platform.files.readText(`${location}/.gitignore`, 1_000).trim() === "*";
  const isThere = platform.files.inspect(location) !== null;
  if (isNamed || isMarked || !isThere) return;
  throw new RefusedError(
    `Cannot clean "${location}": it does not look like a .parallel directory`,
  );
}

/** Asks in the terminal. Throws UsageError where there is none. */
function isAgreed(platform: Platform, question: string): boolean {
  if (!platform.stdin.isTerminal) {
    throw new UsageError(
      "Cannot ask whether to remove this: standard input is no terminal; " +
        "--yes removes it without a question, --dry-run only lists it",
    );
  }
  platform.stderr.write(`${oneLine(question)} [y/N] `);
  const answer = platform.stdin.readLine()?.trim().toLowerCase() ?? "";
  return answer === "y" || answer === "yes";
}

async function removeAll(
  cleaner: Cleaner,
  cleanings: readonly WorkspaceCleaning[],
): Promise<void> {
  const { platform: { files, stdout }, store } = cleaner;
  const removed = { sessions: 0, leftovers: 0, workspaces: 0 };
  for (const { workspace, sessions, leftovers } of cleanings) {
    for (const candidate of sessions) {
      const remove = () => removeSession(cleaner, workspace, candidate);
      if (await trying(cleaner, remove)) removed.sessions++;
    }
    for (const { name: sessionId } of leftovers) {
      const ref = { workspace, sessionId };
      const remove = () => removeTombstone(files, store.location, ref);
      if (await trying(cleaner, remove)) removed.leftovers++;
    }
    // Also where it did not look so: others may be cleaning here, too.
    const remove = () => removeWorkspace(files, store.location, workspace);
    if (await trying(cleaner, remove)) removed.workspaces++;
  }
  stdout.write(`Removed ${countsText(removed)}\n`);
}

/** False if it is gone already, or, with a note, if it has changed. */
async function removeSession(
  { store, notes }: Cleaner,
  workspace: string,
  { sessionId, mark }: Candidate,
): Promise<boolean> {
  const ref = { workspace, sessionId };
  const isSame = (view: SessionView) => markOf(view) === mark;
  for (let tried = 1; tried <= TRIES; tried++) {
    if (await store.remove(ref, isSame)) return true;
    // Another cleaning may have taken it from under our look.
    const view = await store.read(ref);
    if (view === null) return false;
    if (!isSame(view)) break;
  }
  const name = `${displayName(workspace)}/${displayName(sessionId)}`;
  notes.push(`Left "${name}" alone: it has changed meanwhile`);
  return false;
}

/** What it returns; null if it failed, which is told at the end. */
async function trying<T>(
  { failures }: Cleaner,
  act: () => T | Promise<T>,
): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    failures.push(error.message);
    return null;
  }
}

function tell(platform: Platform, complaints: readonly string[]): void {
  for (const text of complaints) {
    platform.stderr.write(`warning: ${oneLine(text)}\n`);
  }
}

/**
 * Sorting, counting and choosing sessions for the page, and what its rows, its
 * title and its announcements say. Pure.
 */
import { offsetText } from "../../report/local_time.ts";
import { displayName } from "../../report/sanitize.ts";
import { failureOf } from "../../session/status.ts";
import { formatDuration } from "../../session/times.ts";
import type { VerdictWord } from "../../session/verdict.ts";
import type { PageSession } from "../page_data.ts";

/** States in words; the one that needs attention most comes first. */
export const STATES: Record<VerdictWord, string> = {
  waiting: "waiting",
  failed: "failed",
  timed_out: "timed out",
  crashed: "crashed",
  unreadable: "unreadable",
  stale: "stale",
  running: "running",
  pending: "pending",
  completed: "completed",
};
const URGENCY = Object.keys(STATES) as VerdictWord[];

/** Which sessions to show. */
export interface Filter {
  text: string;
  /** Only this state; null for all. */
  word: VerdictWord | null;
  /** Only this workspace; null for all. */
  workspace: string | null;
}

export const NO_FILTER: Filter = { text: "", word: null, workspace: null };

export function filtered(
  sessions: readonly PageSession[],
  { text, word, workspace }: Filter,
): PageSession[] {
  const words = text.toLowerCase().split(/\s+/).filter((one) => one !== "");
  return sessions.filter((session) =>
    (workspace === null || session.workspace === workspace) &&
    (word === null || session.word === word) &&
    (words.length === 0 || hasWords(session, words))
  );
}

function hasWords(session: PageSession, words: readonly string[]): boolean {
  const { id, workspace, task, message, reason, lastError, batch } = session;
  const texts = [id, workspace, task, message, reason, lastError, batch ?? ""];
  const text = [...texts, STATES[session.word]].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

const TITLES = {
  attention: "Needs attention",
  running: "Running",
  done: "Done",
};

function groupOf(word: VerdictWord): keyof typeof TITLES {
  if (word === "completed") return "done";
  return word === "running" || word === "pending" ? "running" : "attention";
}

/** The sessions in their groups; empty groups are left out. */
export function grouped(sessions: readonly PageSession[]) {
  const sorted = sessions.toSorted((a, b) =>
    rankOf(a) - rankOf(b) || (a.key < b.key ? -1 : 1)
  );
  const names = Object.keys(TITLES) as (keyof typeof TITLES)[];
  return names.map((name) => ({
    name,
    title: TITLES[name],
    sessions: sorted.filter(({ word }) => groupOf(word) === name),
  })).filter(({ sessions }) => sessions.length > 0);
}

/** The place in a group: the most urgent first, or the last to end. */
function rankOf({ word, endedMs }: PageSession): number {
  if (word === "completed") return -(endedMs ?? 0);
  return groupOf(word) === "attention" ? URGENCY.indexOf(word) : 0;
}

/** How many sessions are in each state that there is. */
export function counts(sessions: readonly PageSession[]) {
  return URGENCY.map((word): [VerdictWord, number] => [
    word,
    sessions.filter((session) => session.word === word).length,
  ]).filter(([, count]) => count > 0);
}

/** The title of the window: what needs attention, else how far it is. */
export function titleOf(
  sessions: readonly PageSession[],
  place: string,
): string {
  const all = counts(sessions);
  const urgent = all.filter(([word]) => groupOf(word) === "attention");
  const shown = urgent.length > 0 ? urgent : all;
  const parts = shown.map(([word, count]) => `${count} ${STATES[word]}`);
  return [...parts, place].join(" · ");
}

/** The most sessions that are announced at once. */
const MOST_ANNOUNCED = 3;

/** The changes of state, in words to be read out; "" for none. */
export function announcementOf(
  before: ReadonlyMap<string, PageSession>,
  changed: readonly PageSession[],
): string {
  const texts = changed
    .filter((session) => before.get(session.key)?.word !== session.word)
    .map(({ id, word, reason }) =>
      `${displayName(id)} ${STATES[word]}${reason === "" ? "" : `: ${reason}`}`
    );
  const left = texts.length - MOST_ANNOUNCED;
  const shown = texts.slice(0, MOST_ANNOUNCED).join(". ");
  return left > 0 ? `${shown}. ${left} more` : shown;
}

/** What is most worth reading of a session just now. */
export function messageOf(session: PageSession): string {
  const { word, reason, message, lastError } = session;
  if (word === "waiting") {
    return reason === "" ? "Waiting" : `Waiting: ${reason}`;
  }
  if (word === "failed") return failureOf(message);
  if (word !== "running") return reason || message;
  return message || (lastError === "" ? "" : `Error: ${lastError}`);
}

export function hasEnded({ word }: PageSession): boolean {
  return !["running", "waiting", "stale", "pending"].includes(word);
}

/** When a session ended, as far as it is known; null while it goes on. */
export function endOf(session: PageSession): number | null {
  if (!hasEnded(session)) return null;
  return session.endedMs ?? session.heartbeatMs ?? session.startedMs;
}

/** How long the attempt has taken; null if it has not begun. */
export function elapsedMs(session: PageSession, nowMs: number): number | null {
  if (session.startedMs === null) return null;
  return Math.max(0, (endOf(session) ?? nowMs) - session.startedMs);
}

/** The estimated time left at the pace so far; null if unknown. */
export function etaMs(session: PageSession, nowMs: number): number | null {
  const { percent } = session;
  const elapsed = elapsedMs(session, nowMs);
  const isKnown = percent > 0 && percent < 100 && !hasEnded(session);
  return elapsed === null || !isKnown
    ? null
    : elapsed * (100 - percent) / percent;
}

/** A duration in its two largest units: `3s`, `4m 05s`, `2h 10m`, `3d 04h`. */
export function duration(ms: number): string {
  return formatDuration(ms / 1000);
}

/** The time of day, with seconds; the date too if it is not today's. */
export function clockTime(ms: number, nowMs: number): string {
  const date = new Date(ms);
  const time = date.toLocaleTimeString(undefined, { hourCycle: "h23" });
  return Math.abs(nowMs - ms) < 20 * 3_600_000
    ? time
    : `${date.toLocaleDateString()} ${time}`;
}

/** How far local time is from UTC then, such as `UTC+01:00`. */
export function zoneAt(ms: number): string {
  return `UTC${offsetText(-Math.round(new Date(ms).getTimezoneOffset()))}`;
}

/** The address of a session on the page. */
export function addressOf(key: string): string {
  return `#${encodeURIComponent(key.toWellFormed())}`;
}

/** Such as `1 error` or `2 errors`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

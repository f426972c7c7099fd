/**
 * Sorting, counting and choosing sessions for the page, and what its rows, its
 * title and its announcements say. Pure.
 */
import { displayName } from "../../report/sanitize.ts";
import type { VerdictWord } from "../../session/verdict.ts";
import type { PageSession } from "../page_session.ts";

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

const TITLES = {
  attention: "Needs attention",
  running: "Running",
  done: "Done",
};

/** The parts of the list. */
export type GroupName = keyof typeof TITLES;

/** A part of the list, with its sessions in order. */
export interface Group {
  name: GroupName;
  title: string;
  sessions: PageSession[];
}

/** Which sessions to show. */
export interface Filter {
  text: string;
  /** Only this state; null for all. */
  word: VerdictWord | null;
  /** Only this workspace; null for all. */
  workspace: string | null;
}

/** Shows everything. */
export const NO_FILTER: Filter = { text: "", word: null, workspace: null };

/** The part of the list that a state belongs to. */
export function groupOf(word: VerdictWord): GroupName {
  if (word === "completed") return "done";
  return word === "running" || word === "pending" ? "running" : "attention";
}

/** Whether a session has ended. */
export function hasEnded({ word }: Pick<PageSession, "word">): boolean {
  return !["running", "waiting", "stale", "pending"].includes(word);
}

/** The sessions that match a filter. */
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

/** The sessions in their groups; empty groups are left out. */
export function grouped(sessions: readonly PageSession[]): Group[] {
  const byId = (a: PageSession, b: PageSession): number =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
  const orders: Record<GroupName, typeof byId> = {
    attention: (a, b) => URGENCY.indexOf(a.word) - URGENCY.indexOf(b.word),
    running: byId,
    done: (a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0),
  };
  return (Object.keys(TITLES) as GroupName[]).map((name) => ({
    name,
    title: TITLES[name],
    sessions: sessions.filter(({ word }) => groupOf(word) === name)
      .sort((a, b) => orders[name](a, b) || byId(a, b)),
  })).filter(({ sessions }) => sessions.length > 0);
}

/** How many sessions are in each state that there is. */
export function counts(
  sessions: readonly PageSession[],
): [VerdictWord, number][] {
  const found = new Map<VerdictWord, number>();
  for (const { word } of sessions) found.set(word, (found.get(word) ?? 0) + 1);
  return URGENCY.filter((word) => found.has(word))
    .map((word) => [word, found.get(word)!]);
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
  switch (word) {
    case "waiting":
      return reason === "" ? "Waiting" : `Waiting: ${reason}`;
    case "failed":
      return message.replace(/^FAILED: /, "");
    case "running":
      return message || (lastError === "" ? "" : `Error: ${lastError}`);
    default:
      return reason || message;
  }
}

/** The address of a session on the page. */
export function addressOf(key: string): string {
  return `#${encodeURIComponent(key.toWellFormed())}`;
}

/** Such as `1 error` or `2 errors`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Sorting, counting and choosing sessions for the page, and what its title and
 * its announcements say. Pure.
 */
import type { VerdictWord } from "../../session/verdict.ts";
import { displayName } from "../../report/sanitize.ts";
import type { PageSession } from "../wire.ts";

/** The parts of the list. */
export type GroupName = "need" | "running" | "done";

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
export const NO_FILTER: Filter = {
  text: "",
  word: null,
  workspace: null,
};

/** States in words, in the order of their urgency. */
export const WORDS: Record<VerdictWord, string> = {
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

const URGENCY = Object.keys(WORDS) as VerdictWord[];
const TITLES: Record<GroupName, string> = {
  need: "Needs somebody",
  running: "Running",
  done: "Done",
};

/** The part of the list that a state belongs to. */
export function groupOf(word: VerdictWord): GroupName {
  if (word === "completed") return "done";
  return word === "running" || word === "pending" ? "running" : "need";
}

/** Whether a session has an end behind it. */
export function hasEnded({ word }: Pick<PageSession, "word">): boolean {
  return word !== "running" && word !== "waiting" && word !== "stale" &&
    word !== "pending";
}

/** The sessions that a filter lets through. */
export function filtered(
  sessions: readonly PageSession[],
  { text, word, workspace }: Filter,
): PageSession[] {
  const words = text.toLowerCase().split(/\s+/).filter((one) => one !== "");
  return sessions.filter((session) =>
    (workspace === null || session.workspace === workspace) &&
    (word === null || session.word === word) &&
    (words.length === 0 || matches(session, words))
  );
}

function matches(session: PageSession, words: readonly string[]): boolean {
  const { id, workspace, task, message, reason, lastError, batch } = session;
  const text = [
    id,
    workspace,
    task,
    message,
    reason,
    lastError,
    batch ?? "",
    WORDS[session.word],
  ].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The sessions by groups; groups without any are left out. */
export function grouped(sessions: readonly PageSession[]): Group[] {
  const groups: Record<GroupName, PageSession[]> = {
    need: [],
    running: [],
    done: [],
  };
  for (const session of sessions) groups[groupOf(session.word)].push(session);
  groups.need.sort((a, b) =>
    URGENCY.indexOf(a.word) - URGENCY.indexOf(b.word) || byId(a, b)
  );
  groups.running.sort(byId);
  groups.done.sort((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0) || byId(a, b));
  return (Object.keys(groups) as GroupName[])
    .map((name) => ({ name, title: TITLES[name], sessions: groups[name] }))
    .filter(({ sessions }) => sessions.length > 0);
}

function byId(a: PageSession, b: PageSession): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** How many sessions are in which state; those that there are. */
export function counts(
  sessions: readonly PageSession[],
): [VerdictWord, number][] {
  const found = new Map<VerdictWord, number>();
  for (const { word } of sessions) found.set(word, (found.get(word) ?? 0) + 1);
  return URGENCY.filter((word) => found.has(word))
    .map((word) => [word, found.get(word)!]);
}

/** The title of the window: who needs somebody, else how far it is. */
export function titleOf(
  sessions: readonly PageSession[],
  place: string,
): string {
  const all = counts(sessions);
  const needy = all.filter(([word]) => groupOf(word) === "need");
  const shown = needy.length > 0 ? needy : all;
  const parts = shown.map(([word, count]) => `${count} ${WORDS[word]}`);
  return [...parts, place].join(" · ");
}

/** The most that is read out at once. */
const MOST_NEWS = 3;

/** What has changed its state, in words to be read out; "" for nothing. */
export function newsOf(
  before: ReadonlyMap<string, PageSession>,
  changed: readonly PageSession[],
): string {
  const news = changed
    .filter((session) => before.get(session.key)?.word !== session.word)
    .map(({ id, word, reason }) =>
      `${displayName(id)} ${WORDS[word]}${reason === "" ? "" : `: ${reason}`}`
    );
  const left = news.length - MOST_NEWS;
  const told = news.slice(0, MOST_NEWS).join(". ");
  return left > 0 ? `${told}. ${left} more` : told;
}

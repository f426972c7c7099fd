/** Session views and snapshots for tests of verdicts and reports. */
import { parseLine } from "../../lib/session/event.ts";
import {
  blankBookkeeping,
  blankStatus,
  parseStatus,
} from "../../lib/session/status.ts";
import { parseTimestamp } from "../../lib/session/times.ts";
import { takeSnapshot } from "../../lib/session/snapshot.ts";
import type {
  Bookkeeping,
  LogLine,
  SessionView,
  Snapshot,
  Status,
} from "../../lib/session/types.ts";

// Views show local times, and the tests those of UTC.
Deno.env.set("TZ", "UTC");

/** Where the reference data of the original lies. */
export const DATA = new URL("../data/", import.meta.url);

/** Ten o'clock, when the sessions of the tests begin. */
export const TEN = moment("2026-02-13T10:00:00+00:00");

/** Microseconds of a timestamp that is one. */
export function moment(text: string): number {
  const us = parseTimestamp(text);
  if (us === null) throw new Error(`no timestamp: ${text}`);
  return us;
}

/** `TEN` and so many seconds, as a timestamp. */
export function after(seconds: number): string {
  return new Date(TEN / 1000 + seconds * 1000).toISOString()
    .replace("Z", "000+00:00");
}

/** A readable session; `ptrack` null makes it a foreign one. */
export function viewOf(
  sessionId: string,
  status: Partial<Omit<Status, "ptrack">> = {},
  ptrack: Partial<Bookkeeping> | null = {},
): SessionView {
  const ref = { workspace: "adrs", sessionId };
  const full: Status = {
    ...blankStatus(ref),
    state: "running",
    started_at: after(0),
    last_heartbeat: after(0),
    ...status,
  };
  if (ptrack !== null) full.ptrack = { ...blankBookkeeping(), ...ptrack };
  return {
    ...ref,
    condition: "readable",
    status: full,
    problem: "",
    note: "",
    modifiedUs: TEN,
  };
}

/** A directory with nothing in it. */
export function emptyView(sessionId: string): SessionView {
  const view = viewOf(sessionId, { state: "pending", started_at: null }, null);
  return { ...view, condition: "empty" };
}

/** A session of which nothing can be read. */
export function unreadableView(sessionId: string, problem: string) {
  const view: SessionView = { ...emptyView(sessionId), problem };
  return { ...view, condition: "unreadable" as const };
}

/** The snapshot of these sessions, so many seconds after ten. */
export function snapshotOf(
  views: readonly SessionView[],
  seconds = 60,
): Snapshot {
  const nowUs = TEN + seconds * 1e6;
  return takeSnapshot("adrs", views, { nowUs });
}

/** A session directory that the original wrote. */
export function referenceView(sessionId: string): SessionView {
  const path = new URL(`reference-adrs/${sessionId}/status.json`, DATA);
  const ref = { workspace: "adrs", sessionId };
  const status = parseStatus(Deno.readTextFileSync(path), ref);
  if (status === null || status === "unknown state") throw new Error(sessionId);
  return {
    ...ref,
    condition: "readable",
    status,
    problem: "",
    note: "",
    modifiedUs: moment(status.last_heartbeat!),
  };
}

/** The log of such a directory. */
export function referenceLog(sessionId: string): LogLine[] {
  const path = new URL(`reference-adrs/${sessionId}/log.jsonl`, DATA);
  return Deno.readTextFileSync(path).trimEnd().split("\n")
    .map((line) => parseLine(line)!);
}

/** What the original printed. */
export function referenceOutput(name: string): string {
  return Deno.readTextFileSync(new URL(`reference-output/${name}`, DATA));
}

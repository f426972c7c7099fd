/**
 * What a log means, told a second time and as shortly as can be, so that the
 * fold of lib/session has somebody to disagree with; and that fold applied to
 * a whole log from nothing.
 */
import { parseLine } from "../../lib/session/event.ts";
import { type Folded, foldLine } from "../../lib/session/fold.ts";
import { blankBookkeeping, blankStatus } from "../../lib/session/status.ts";
import { REF } from "./program.ts";

/** The end of a log's story. */
export interface Story {
  state: string;
  attempt: number;
  pct: number;
  errors: string[];
  /** The lines that counted, in order. */
  counted: string[];
}

/** The whole lines of a log: those with a newline. */
export function wholeLinesOf(log: string): string[] {
  return log.split("\n").slice(0, -1);
}

/** Tells the story of a log. */
export function storyOf(log: string): Story {
  const story: Story = {
    state: "pending",
    attempt: 0,
    pct: 0,
    errors: [],
    counted: [],
  };
  for (const text of wholeLinesOf(log)) {
    const line = jsonOrNull(text);
    if (line === null || !happens(story, line)) continue;
    story.counted.push(text);
  }
  return story;
}

// deno-lint-ignore no-explicit-any
function happens(story: Story, line: any): boolean {
  const { event, attempt, details } = line;
  const isRunning = story.state === "running";
  if (event === "started") {
    if (attempt !== story.attempt + 1 || isRunning && !details.over) {
      return false;
    }
    Object.assign(story, { state: "running", attempt, pct: 0, errors: [] });
    return true;
  }
  if (!isRunning || attempt !== story.attempt) return false;
  if (event === "heartbeat") story.pct = details.pct ?? story.pct;
  if (event === "error") {
    story.errors.push(`[${line.timestamp}] ${details.error}`);
  }
  if (event === "completed") {
    Object.assign(story, { state: "completed", pct: 100 });
  }
  if (event === "failed") {
    story.state = "failed";
    story.errors.push(`[${line.timestamp}] FATAL: ${details.error}`);
  }
  return true;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The fold of lib/session over a whole log, from nothing. */
export function foldWhole(log: string): Folded {
  let status: Folded = { ...blankStatus(REF), ptrack: blankBookkeeping() };
  for (const text of wholeLinesOf(log)) {
    const line = parseLine(text);
    if (line === null) continue;
    status = foldLine(status, line, { fromNothing: true, over: false }).status;
  }
  const end = log.lastIndexOf("\n") + 1;
  const log_bytes = new TextEncoder().encode(log.slice(0, end)).length;
  return { ...status, ptrack: { ...status.ptrack, log_bytes } };
}

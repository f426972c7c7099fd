/**
 * Reading log.jsonl: whole lines from a place on, the last lines of a large
 * log, and whether a log goes on where a status left it. A line counts as
 * whole only with its newline.
 */
import type { OpenFile } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import type { LogLine, LogTail } from "../../session/types.ts";

const NEWLINE = 10;
const CHUNK_BYTES = 64 * 1024;
/** Twenty lines of most logs. */
const LAST_BYTES = 8 * 1024;
/** A line longer than this is passed over: nothing of ours is. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

const decoder = new TextDecoder();

/** One whole line. */
export interface WholeLine {
  text: string;
  /** Bytes with the newline. */
  bytes: number;
  /** The place after its newline. */
  end: number;
}

/**
 * Visits the whole lines from `start` to the file's end as it is now. No
 * generator: their first use costs a heartbeat more than the lines do.
 */
export function eachLine(
  file: OpenFile,
  start: number,
  visit: (line: WholeLine) => void,
): void {
  const size = file.size();
  let position = start;
  let chunkBytes = CHUNK_BYTES;
  while (position < size) {
    const chunk = file.read(position, Math.min(size, position + chunkBytes));
    if (chunk.length === 0) return;
    let passed = visitChunk(chunk, position, visit);
    if (passed > 0) chunkBytes = CHUNK_BYTES;
    else if (position + chunk.length >= size) return;
    else if (chunkBytes < LONGEST_LINE_BYTES) chunkBytes *= 4;
    else passed = chunk.length;
    position += passed;
  }
}

/** Visits the lines that end in a chunk; returns how far the last one goes. */
function visitChunk(
  chunk: Uint8Array,
  position: number,
  visit: (line: WholeLine) => void,
): number {
  let from = 0;
  for (;;) {
    const newline = chunk.indexOf(NEWLINE, from);
    if (newline < 0) return from;
    visit({
      text: decoder.decode(chunk.subarray(from, newline)),
      bytes: newline + 1 - from,
      end: position + newline + 1,
    });
    from = newline + 1;
  }
}

/** Whether the file ends inside a line (a write was torn). */
export function endsInsideLine(file: OpenFile): boolean {
  const size = file.size();
  return size > 0 && file.read(size - 1, size)[0] !== NEWLINE;
}

/** Whether the line that ends at `end` is the one that `tail` describes. */
export function isContinuation(
  file: OpenFile,
  end: number,
  tail: LogTail | null,
): boolean {
  if (end === 0) return true;
  if (tail === null || file.size() < end || tail.bytes > end) return false;
  const bytes = file.read(end - tail.bytes, end);
  if (bytes.length !== tail.bytes || bytes.at(-1) !== NEWLINE) return false;
  const line = parseLine(decoder.decode(bytes.subarray(0, -1)));
  return (line?.id ?? "") === tail.id;
}

/** The last `count` events of a log, read from its end. */
export function lastLines(file: OpenFile, count: number): LogLine[] {
  const size = file.size();
  for (let span = LAST_BYTES;; span *= 4) {
    const start = Math.max(0, size - span);
    const lines = parsedFrom(file, start, start > 0);
    if (lines.length >= count || start === 0) {
      return count === 0 ? [] : lines.slice(-count);
    }
  }
}

function parsedFrom(file: OpenFile, start: number, cut: boolean): LogLine[] {
  const lines: LogLine[] = [];
  let first = true;
  eachLine(file, start, ({ text }) => {
    const line = cut && first ? null : parseLine(text);
    first = false;
    if (line !== null) lines.push(line);
  });
  return lines;
}

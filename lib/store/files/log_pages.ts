/** Pages of a log: the events of a session from its beginning, or its last. */
import { storageError, withFallback } from "../../errors.ts";
import type { OpenFile } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import { sessionName } from "../../session/names.ts";
import type { LogLine } from "../../session/types.ts";
import type { LogPage, LogRange } from "../store.ts";
import { LOG_NAME, type SessionPlace } from "./layout.ts";
import { eachLine, LOG_LIMIT, openLog } from "./session_files.ts";

/** Twenty lines of most logs. */
const LAST_BYTES = 8 * 1024;

/** Events of a session; see SessionStore.readLog. Throws StorageError. */
export function readLog(
  { ref, workspace, name }: SessionPlace,
  range: LogRange,
): LogPage | null {
  const { last, after } = range;
  let log: OpenFile | null = null;
  try {
    if (workspace.inspect(name)?.kind !== "directory") return null;
    log = openLog(workspace, `${name}/${LOG_NAME}`, "read");
    if (log === null) return { lines: [], cursor: { offset: 0, identity: "" } };
    if (last !== undefined) return readLastLines(log, last, range);
    const goesOn = after !== undefined && after.identity === log.identity &&
      after.offset <= log.size();
    const page = readLinesFrom(log, goesOn ? after.offset : 0);
    return { ...page, lines: choose(page.lines, range) };
  } catch (error) {
    throw storageError(`Cannot read the log of ${sessionName(ref)}`, error);
  } finally {
    withFallback(() => log?.close(), undefined);
  }
}

/** The events from `start` on; `isInside` a line, its rest is skipped. */
function readLinesFrom(
  log: OpenFile,
  start: number,
  isInside = false,
): LogPage {
  const lines: LogLine[] = [];
  let offset = start;
  eachLine(log, start, (text, end) => {
    const line = isInside && offset === start ? null : parseLine(text);
    offset = end;
    if (line !== null) lines.push(line);
  });
  return { lines, cursor: { offset, identity: log.identity } };
}

/** The last `count` of the events that are asked for, read from the end. */
export function readLastLines(
  log: OpenFile,
  count: number,
  choice: Choice = {},
): LogPage {
  const size = log.size();
  const least = Math.max(0, size - LOG_LIMIT);
  for (let span = LAST_BYTES;; span *= 4) {
    const start = Math.max(least, size - span);
    const { lines: all, cursor } = readLinesFrom(log, start, start > 0);
    const lines = choose(all, choice);
    const isEnough = cursor.offset > start &&
      (lines.length >= count || hasBeginning(all, choice));
    if (isEnough || start === least) {
      return { lines: count === 0 ? [] : lines.slice(-count), cursor };
    }
  }
}

type Choice = Pick<LogRange, "attempt" | "leaveOut">;

function choose(
  lines: LogLine[],
  { attempt: wanted, leaveOut = () => false }: Choice,
): LogLine[] {
  return lines.filter((line) =>
    !leaveOut(line) &&
    (wanted === undefined || (line.attempt ?? wanted) === wanted)
  );
}

/** Whether the one attempt that is asked for begins in these lines. */
function hasBeginning(lines: LogLine[], { attempt: wanted }: Choice): boolean {
  return wanted !== undefined &&
    lines.some(({ event, attempt }) =>
      event === "started" && attempt === wanted
    );
}

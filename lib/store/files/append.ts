/** Appending one event's line to a log, with one write. */
import type { OpenFile, Platform } from "../../platform/platform.ts";
import { encodeLine } from "../../session/event.ts";
import { formatTimestamp, parseTimestamp } from "../../session/timestamp.ts";
import type { NewEvent, Status } from "../../session/types.ts";
import { endsInsideLine } from "./log_file.ts";
import type { FoldState } from "./log_fold.ts";
import { guard, isLasting, tend, type Write } from "./write_steps.ts";

/** Appends our line with one write. A short write is never continued. */
export function append(write: Write, log: OpenFile, state: FoldState): void {
  const { platform, draft } = write;
  const line = encodeLine(draft!, seenBy(draft!, state.status), {
    timestamp: timestampFor(platform, state),
    id: write.id,
  });
  guard(write, "write to the log of", () => {
    const bytes = endsInsideLine(log) ? afterNewline(line) : line;
    if (log.append(bytes) < bytes.length) {
      throw Object.assign(new Error("short write"), { code: "ENOSPC" });
    }
  });
  if (isLasting(write)) tend(write, "flush the log of", () => log.flush());
}

function afterNewline(line: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(line.length + 1);
  bytes[0] = 10;
  bytes.set(line, 1);
  return bytes;
}

/** A line's own state and percentage are for people who read it. */
function seenBy(draft: NewEvent, status: Status): Status {
  switch (draft.event) {
    case "started":
      return { ...status, state: "running", progress_pct: 0 };
    case "completed":
      return { ...status, state: "completed", progress_pct: 100 };
    case "failed":
      return { ...status, state: "failed" };
    default: {
      const pct = draft.details["pct"];
      return typeof pct === "number"
        ? { ...status, progress_pct: pct }
        : status;
    }
  }
}

/** Now; but later than what a log that is folded over is known to hold. */
function timestampFor(platform: Platform, state: FoldState): string {
  const now = platform.clock.nowUs();
  const known = state.mode.over ? parseTimestamp(state.knownUntil) : null;
  return formatTimestamp(known === null ? now : Math.max(now, known + 1));
}

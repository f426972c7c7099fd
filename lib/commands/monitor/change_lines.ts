/**
 * The stream of changes, a line each, as text or JSON: what `follow` prints,
 * and `wait` and `watch` where there is no terminal. What comes at the first
 * sight of the workspace is a line a session, or the whole snapshot.
 */
import { dashboard } from "../../report/dashboard.ts";
import {
  Changes,
  progressBetween,
  progressJson,
  progressText,
  transitionJson,
  transitionText,
} from "../../report/changes.ts";
import type { Snapshot } from "../../session/types.ts";
import type { MonitorRequest } from "./request.ts";
import { summaryLine } from "../../report/summary.ts";

/** What the stream tells. */
export interface ChangeLineOptions {
  first: "transitions" | "snapshot";
  then: "transitions" | "transitions and progress";
  /** Called once if there is no such workspace yet. */
  onAbsent: () => void;
}

/** A function that is given each look, null while there is no workspace. */
export function changeLines(
  { platform, json }: Pick<MonitorRequest, "platform" | "json">,
  { first, then, onAbsent }: ChangeLineOptions,
): (now: Snapshot | null) => void {
  const changes = new Changes();
  let isAnnounced = false;
  return (now) => {
    const change = changes.next(now);
    if (change === null) {
      if (!isAnnounced) onAbsent();
      isAnnounced = true;
      return;
    }
    const { before, after } = change;
    if (before === null && first === "snapshot") {
      return platform.stdout.write(
        json ? summaryLine(after) : dashboard(after),
      );
    }
    const lines = change.transitions
      .map(json ? transitionJson : transitionText);
    if (then === "transitions and progress") {
      lines.push(
        ...progressBetween(before, after)
          .map(json ? progressJson : progressText),
      );
    }
    if (lines.length > 0) platform.stdout.write(`${lines.join("\n")}\n`);
  };
}

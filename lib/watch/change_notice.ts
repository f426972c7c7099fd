/**
 * What a command of `--on-change` is told of a transition: variables of its
 * environment, never words of its command line. Nothing in them controls a
 * terminal or breaks a line.
 */
import type { Transition } from "../report/changes.ts";

/** The variables of one transition. */
export type ChangeNotice = Readonly<Record<string, string>>;

/** A value that many systems still take; beyond it nobody reads. */
const LONGEST = 4_096;

/** What is told of a transition; `directory` is `.parallel`. */
export function noticeOf(
  { workspace, sessionId, from, to, detail, report }: Transition,
  directory: string,
): ChangeNotice {
  const { status } = report.view;
  return {
    PTRACK_EVENT: to,
    PTRACK_PREVIOUS: from ?? "",
    PTRACK_SESSION: plain(sessionId),
    PTRACK_WORKSPACE: plain(workspace),
    PTRACK_PROGRESS: String(status.progress_pct),
    PTRACK_MESSAGE: plain(detail || status.message),
    PTRACK_DIR: plain(directory),
    // Ours would be that of the session in which the monitor runs.
    PTRACK_ATTEMPT: "",
  };
}

/** Text without control characters; line ends and tabs become spaces. */
function plain(text: string): string {
  return text.slice(0, LONGEST).toWellFormed()
    .replace(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, " ")
    .replace(/\p{Cc}/gu, "");
}

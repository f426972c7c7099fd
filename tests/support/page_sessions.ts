/** Sessions as the page knows them. */
import type { PageSession } from "../../lib/web/page_data.ts";

/** A session that runs, but for these changes. */
export function session(
  id: string,
  changes: Partial<PageSession> = {},
): PageSession {
  return {
    key: `w/${id}`,
    workspace: "w",
    id,
    word: "running",
    reason: "",
    task: "",
    message: "",
    percent: 0,
    startedMs: 0,
    endedMs: null,
    heartbeatMs: 0,
    attempt: 1,
    batch: null,
    errorsTotal: 0,
    lastError: "",
    outputsTotal: 0,
    history: { runs: [], waits: [], errorsMs: [] },
    ...changes,
  };
}

/** A session that ran, in seconds. */
export function ran(id: string, from: number, to: number | null): PageSession {
  return session(id, {
    word: to === null ? "running" : "completed",
    startedMs: from * 1000,
    endedMs: to === null ? null : to * 1000,
    history: {
      runs: [[from * 1000, to === null ? null : to * 1000]],
      waits: [],
      errorsMs: [],
    },
  });
}

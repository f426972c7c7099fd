/**
 * The summary of whole workspaces as JSON, made in parts, so that few sessions
 * are in memory at once. A second thread helps where there are many.
 */
import type { Thread } from "../../platform/platform.ts";
import { type SummaryInParts, summaryPieces } from "../../report/summary.ts";
import { sumOfTotals } from "../../session/snapshot.ts";
import { nothingThere } from "../not_found.ts";
import type { MonitorRequest } from "./request.ts";
import {
  countParts,
  OFTEN_CALLED,
  PartMaker,
  type SentPart,
  type SharedWork,
  SUMMARY_THREAD,
  type SummaryPart,
  type SummaryWork,
} from "./summary_parts.ts";

/** With fewer sessions a second thread costs more than it saves. */
const MANY_SESSIONS = 5_000;

/** Prints the summary. Throws NotFoundError if there is nothing. */
export async function printSummary(request: MonitorRequest): Promise<void> {
  const { platform, store, workspace, selection, limits } = request;
  const coverage = workspace === null ? "all" : "one";
  const names = workspace === null ? await store.workspaces() : [workspace];
  const summaries: SummaryInParts[] = [];
  for (const name of names) {
    const entries = await store.list(name);
    if (entries === null) continue;
    const work = { workspace: name, entries, selection, limits, coverage };
    const parts = await makeParts(request, work as SummaryWork);
    summaries.push({
      workspace: name,
      totals: sumOfTotals(parts.map(({ totals }) => totals)),
      parts: parts.map(({ text }) => text),
    });
  }
  if (summaries.length === 0) throw await nothingThere(store, workspace);
  for (const piece of summaryPieces(summaries, coverage)) {
    platform.stdout.write(piece);
  }
}

/** Makes all parts, here and in a second thread, each as many as it can. */
async function makeParts(
  request: MonitorRequest,
  work: SummaryWork,
): Promise<SummaryPart[]> {
  const isMany = work.entries.length >= MANY_SESSIONS;
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const thread = isMany ? await startThread(request, work, taken) : null;
  if (isMany) await request.platform.compileLess(OFTEN_CALLED);
  try {
    const maker = new PartMaker(request, work);
    const parts: SummaryPart[] = [];
    await maker.takeParts(taken, ({ at, part }) => parts[at] = part);
    const count = countParts(work.entries);
    if (thread !== null) await receiveParts(thread, parts, count);
    // What a thread that failed has left.
    for (let at = 0; at < count; at++) parts[at] ??= await maker.make(at);
    return parts;
  } finally {
    thread?.end();
  }
}

/** Starts the second thread; null where there is none to spare. */
async function startThread(
  { platform, store }: MonitorRequest,
  { entries, ...work }: SummaryWork,
  taken: Int32Array,
): Promise<Thread | null> {
  const shared: SharedWork = {
    ...work,
    entries: entries.join("\0"),
    location: store.location,
    taken,
  };
  return await platform.startThread(SUMMARY_THREAD, shared);
}

/** Waits for the parts that the thread has taken; it may fail before. */
async function receiveParts(
  thread: Thread,
  parts: SummaryPart[],
  count: number,
): Promise<void> {
  let missing = count;
  for (const at in parts) if (parts[at] !== undefined) missing--;
  while (missing > 0) {
    const sent = await thread.receive() as SentPart | null;
    if (sent === null) return;
    parts[sent.at] = sent.part;
    missing--;
  }
}

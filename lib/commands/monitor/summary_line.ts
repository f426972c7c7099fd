/** The summary of a workspace as one line in a stream of JSON objects. */
import { jsonText } from "../../report/json.ts";
import { summaryObject } from "../../report/summary.ts";
import type { Snapshot } from "../../session/types.ts";

/** `{"type": "summary", …}` with its newline. */
export function summaryLine(snapshot: Snapshot): string {
  return jsonText({ type: "summary", ...summaryObject(snapshot) }, 0);
}

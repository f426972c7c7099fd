/** The data of the page as a report. */
import { assertEquals } from "@std/assert";
import { reportData } from "../../lib/web/html_report.ts";
import { resultsOf } from "../support/sample_results.ts";
import { after, viewOf } from "../support/session_views.ts";

Deno.test("a report has failures first, and a note on each missing session", () => {
  const views = [
    viewOf("a", { state: "completed" }),
    viewOf("b", { state: "failed", message: "FAILED: no" }),
  ];
  const { state, details, notes } = reportData([
    resultsOf(views, {
      missing: [{ sessionId: "c", kind: "missing", reason: "It never began" }],
    }),
  ], "all");
  assertEquals(state.sessions.map(({ id }) => id), ["b", "a"]);
  assertEquals(Object.keys(details), ["adrs/b", "adrs/a"]);
  assertEquals(notes, [{ id: "c", text: "It never began" }]);
  assertEquals(state.workspace, null);
});

Deno.test("a report notes that the wait ended before its sessions", () => {
  const views = [{ last_heartbeat: after(390) }, { last_heartbeat: after(390) }]
    .map((status, index) => viewOf(`s${index}`, status));
  const notesOf = (unfinished: "error" | "warning" | "accepted") =>
    reportData([resultsOf(views, { unfinished })], "one").notes;
  const text = "2 sessions had not finished when the wait ended";
  assertEquals(notesOf("error"), [{ id: "", text }]);
  assertEquals(notesOf("warning"), []);
  assertEquals(notesOf("accepted"), []);
});

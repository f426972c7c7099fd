/** What the page knows after each message of its source. */
import { assertEquals } from "@std/assert";
import type { PageSession } from "../../../lib/web/page_data.ts";
import { EMPTY, nextState } from "../../../lib/web/page/page_model.ts";
import type { SourceMessage } from "../../../lib/web/page/source.ts";
import { session } from "../../support/page_sessions.ts";

const state = (...sessions: PageSession[]): SourceMessage => ({
  kind: "state",
  state: { version: 1, takenMs: 1_000, workspace: "w", sessions },
});
const delta = (
  changed: PageSession[],
  removed: string[] = [],
): SourceMessage => ({
  kind: "delta",
  delta: { version: 2, takenMs: 2_000, changed, removed },
});
const after = (...messages: SourceMessage[]) =>
  messages.reduce(nextState, EMPTY);

Deno.test("the first state announces nothing, a later one what has changed", () => {
  const first = after(state(session("a"), session("b")));
  assertEquals([...first.sessions.keys()], ["w/a", "w/b"]);
  assertEquals([first.workspace, first.announcement], ["w", ""]);
  const again = nextState(first, state(session("a", { word: "failed" })));
  assertEquals([...again.sessions.keys()], ["w/a"]);
  assertEquals(again.announcement, "a failed");
});

Deno.test("a delta replaces, adds and removes sessions", () => {
  const page = after(
    state(session("a"), session("b")),
    delta([session("b", { percent: 5 }), session("c")], ["w/a"]),
  );
  assertEquals(
    [...page.sessions.values()].map(({ id, percent }) => [id, percent]),
    [["b", 5], ["c", 0]],
  );
  assertEquals([page.takenMs, page.announcement], [2_000, "c running"]);
});

Deno.test("the last announcement stays while nothing changes its state", () => {
  const page = after(
    state(session("a")),
    delta([session("a", { word: "waiting" })]),
    delta([session("a", { word: "waiting", percent: 5 })]),
  );
  assertEquals(page.announcement, "a waiting");
});

Deno.test("a lost connection keeps what was known", () => {
  const page = after(
    state(session("a")),
    { kind: "connection", connection: "lost" },
  );
  assertEquals([page.connection, page.sessions.size], ["lost", 1]);
});

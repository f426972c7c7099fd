/** OpenMetrics: what a strict reader, and Prometheus' own, make of it. */
import { assert, assertEquals } from "@std/assert";
import { exactName } from "../../lib/report/json.ts";
import { openmetricsReport } from "../../lib/report/openmetrics.ts";
import {
  hostileResults,
  resultsOf,
  usualResults,
} from "../support/sample_results.ts";
import { assertGolden } from "../support/golden.ts";
import { parseOpenmetrics } from "../support/openmetrics.ts";
import { readBy } from "../support/readers.ts";
import { needs, pythonWith } from "../support/needs.ts";

Deno.test("openmetrics: a workspace with a session in each state, to the byte", () => {
  assertGolden("reports/usual.om.txt", openmetricsReport([usualResults()]));
});

Deno.test("openmetrics: each session is in exactly one state, and all are counted", () => {
  const result = usualResults();
  const series = parseOpenmetrics(openmetricsReport([result]));
  const states = series.filter(({ name, value }) =>
    name === "ptrack_session_state" && value === 1
  );
  assertEquals(
    states.map(({ labels }) => `${labels["session"]} ${labels["state"]}`),
    [
      "ask waiting",
      "build failed",
      "docs completed",
      "by-hand failed",
      "later pending",
      "lint running",
      "quiet stale",
      "silent timed_out",
      "torn unreadable",
    ],
  );
  const counts = series.filter(({ name }) =>
    name === "ptrack_workspace_sessions"
  );
  assertEquals(
    counts.reduce((sum, { value }) => sum + value, 0),
    result.snapshot.sessions.length,
  );
});

Deno.test("openmetrics: no workspace, and an empty one", () => {
  assertEquals(parseOpenmetrics(openmetricsReport([])), []);
  const empty = parseOpenmetrics(openmetricsReport([resultsOf([])]));
  assert(empty.every(({ labels }) => labels["workspace"] === "adrs"));
});

Deno.test("openmetrics: hostile names stay distinct labels", () => {
  const result = hostileResults();
  const series = parseOpenmetrics(openmetricsReport([result]));
  const names = new Set(
    series.flatMap(({ labels }) => labels["session"] ?? []),
  );
  assertEquals(
    [...names],
    result.snapshot.sessions.map(({ view }) => exactName(view.sessionId)),
  );
  // What is hidden in a name is spelled out, whoever reads the file.
  const hidden = /[\u0080-\u009f\u200b-\u200f\u2028-\u202e]|\p{Cs}/u;
  for (const name of names) {
    assert(!hidden.test(name) && !/\p{Cc}/u.test(name), JSON.stringify(name));
  }
});

Deno.test({
  name: "openmetrics: Prometheus' own parser reads the same",
  ...needs("prometheus"),
  async fn() {
    const program = "import sys\n" +
      "from prometheus_client.openmetrics.parser import " +
      "text_string_to_metric_families as read\n" +
      "text = sys.stdin.buffer.read().decode()\n" +
      "print(sum(len(family.samples) for family in read(text)))";
    for (const result of [usualResults(), hostileResults(), resultsOf([])]) {
      const report = openmetricsReport([result]);
      const { success, stdout, stderr } = await readBy(
        [pythonWith("prometheus_client")!, "-c", program],
        report,
      );
      assert(success, stderr);
      assertEquals(Number(stdout), parseOpenmetrics(report).length);
    }
  },
});

/** JUnit reports: what passes, what does not, and that it is always XML. */
import { assert, assertEquals } from "@std/assert";
import { exactName } from "../../lib/report/json.ts";
import { junitReport } from "../../lib/report/junit.ts";
import { markdownReport } from "../../lib/report/markdown.ts";
import {
  event,
  flakyResults,
  HOSTILE,
  hostileResults,
  resultsOf,
  usualResults,
} from "../support/sample_results.ts";
import { assertGolden } from "../support/golden.ts";
import { testData } from "../support/program.ts";
import { readBy } from "../support/readers.ts";
import { after, emptyView, moment, viewOf } from "../support/session_views.ts";
import { type Element, parseXml } from "../support/xml.ts";
import { needs } from "../support/needs.ts";

/** What may stand where, as Jenkins' schema has it. */
const PLACES: Record<string, { attributes: string[]; children: string[] }> = {
  testsuites: {
    attributes: ["name", "tests", "failures", "errors", "time"],
    children: ["testsuite"],
  },
  testsuite: {
    attributes: [
      "name",
      "tests",
      "failures",
      "errors",
      "skipped",
      "time",
      "timestamp",
    ],
    children: ["testcase"],
  },
  testcase: {
    attributes: ["name", "classname", "time"],
    children: ["skipped", "error", "failure", "flakyFailure", "system-out"],
  },
  flakyFailure: { attributes: ["type", "message"], children: [] },
  skipped: { attributes: ["type", "message"], children: [] },
  error: { attributes: ["type", "message"], children: [] },
  failure: { attributes: ["type", "message"], children: [] },
  "system-out": { attributes: [], children: [] },
};

function assertFits(element: Element): void {
  const place = PLACES[element.name];
  assert(place !== undefined, element.name);
  assertEquals(
    Object.keys(element.attributes).sort(),
    [
      ...place.attributes,
    ].sort(),
  );
  const names = element.children.map(({ name }) => name);
  for (const name of names) {
    assert(place.children.includes(name), `${name} in ${element.name}`);
  }
  const isList = ["testsuites", "testsuite"].includes(element.name);
  const single = names.filter((name) => name !== "flakyFailure");
  if (!isList) assertEquals(single.length, new Set(single).size);
  if (isList || names.length > 0) assertEquals(element.text.trim(), "");
  element.children.forEach(assertFits);
}

/** What a testcase that passed may have. */
const BESIDES = ["flakyFailure", "system-out"];

/** `name: result` of each testcase; a wrong count throws. */
function results(report: string): string[] {
  const root = parseXml(report);
  assertFits(root);
  const suites = root.children;
  const resultOf = ({ children }: Element) =>
    children.find(({ name }) => !BESIDES.includes(name))?.name ?? "passed";
  for (const counted of [root, ...suites]) {
    const cases = counted === root
      ? suites.flatMap(({ children }) => children)
      : counted.children;
    const count = (result: string) =>
      String(cases.filter((one) => resultOf(one) === result).length);
    const { tests, failures, errors, skipped } = counted.attributes;
    assertEquals(
      [tests, failures, errors, skipped ?? count("skipped")],
      [
        String(cases.length),
        count("failure"),
        count("error"),
        count("skipped"),
      ],
    );
  }
  return suites.flatMap(({ children }) =>
    children.map((one) => `${one.attributes["name"]}: ${resultOf(one)}`)
  );
}

Deno.test("junit: a workspace with a session in each state, to the byte", () => {
  const report = junitReport([usualResults()]);
  assertGolden("reports/usual.junit.xml", report);
  assertEquals(results(report), [
    "ask: error",
    "build: failure",
    "docs: passed",
    "by-hand: failure",
    "later: error",
    "lint: error",
    "quiet: error",
    "silent: error",
    "torn: error",
    "gone: error",
    "(missing): error",
  ]);
});

Deno.test("junit: a session that passed on a later try is flaky, with what each try wrote", () => {
  const report = junitReport([flakyResults()]);
  assertEquals(results(report), ["flaky: passed", "steady: passed"]);
  const [flaky, steady] = parseXml(report).children[0]!.children;
  assertEquals(
    flaky!.children.filter(({ name }) => name === "flakyFailure")
      .map(({ attributes, text }) => [attributes["message"], text]),
    [["Try 1 of 3: exit code 1: no", "wait\nno\n"], [
      "Try 2 of 3: exit code 1",
      "",
    ]],
  );
  assertEquals(
    steady!.children.filter(({ name }) => name === "flakyFailure"),
    [],
  );
});

Deno.test("junit: all output that was kept is shown, or as much as is asked for", () => {
  const output = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  const details = { error: "exit code 1", exit_code: 1, tail: output };
  const result = resultsOf([viewOf("a", { state: "failed" }, { attempt: 1 })], {
    lines: [event(9, "failed", details)],
  });
  const shown = (report: string) =>
    report.split("\n").filter((line) => /^ *\| line/.test(line)).length;
  assertEquals(shown(junitReport([result])), 100);
  assertEquals(shown(junitReport([{ ...result, tail: 3 }])), 3);
  assertEquals(shown(markdownReport([result])), 30);
  assertEquals(shown(markdownReport([{ ...result, tail: 50 }])), 50);
});

Deno.test("junit: the same error is not told twice", () => {
  const errors = ["slow", "no disk", "no disk", "no disk", "slow"]
    .map((text, index) => `[${after(index)}] ${text}`);
  const view = viewOf("a", {
    state: "failed",
    message: "FAILED: broken",
    errors: [...errors, `[${after(9)}] FATAL: broken`],
  });
  const report = junitReport([resultsOf([view])]);
  const counts = ["broken", "no disk (3 times)", "no disk", "slow"]
    .map((text) => report.split(text).length - 1);
  // The message is an attribute and the beginning of the text.
  assertEquals(counts, [2, 1, 1, 2]);
});

Deno.test("junit: an unfinished session never passes", () => {
  const views = [
    { ...emptyView("a"), modifiedUs: moment(after(390)) },
    viewOf("b", { progress_pct: 100, last_heartbeat: after(390) }),
  ];
  for (const unfinished of ["error", "warning"] as const) {
    const report = junitReport([resultsOf(views, { unfinished })]);
    assertEquals(results(report), ["a: error", "b: error"]);
    assert(report.includes('type="not finished"'));
  }
  const accepted = resultsOf(views, { unfinished: "accepted" });
  assertEquals(results(junitReport([accepted])), ["a: skipped", "b: skipped"]);
});

Deno.test("junit: a start before 1970 is left out", () => {
  for (const started_at of ["0000-01-01T00:00:00Z", "1969-01-01T00:00:00Z"]) {
    const report = junitReport([resultsOf([viewOf("a", { started_at })])]);
    assert(!/timestamp="(0000|1969)/.test(report), report);
  }
});

Deno.test("junit: no workspace, an empty one, and several", () => {
  assertEquals(results(junitReport([])), []);
  const [one, none] = [
    resultsOf([viewOf("a", { state: "completed" })]),
    resultsOf([]),
  ];
  assertEquals(results(junitReport([one, none, one])), [
    "a: passed",
    "a: passed",
  ]);
});

Deno.test("junit: hostile contents stay text, and names stay distinct", () => {
  const result = hostileResults();
  const report = junitReport([result]);
  const names = results(report).map((line) => line.replace(/: \w+$/, ""));
  const ids = [
    ...result.snapshot.sessions.map(({ view }) => view.sessionId),
    ...result.missing.map(({ sessionId }) => sessionId),
  ];
  assertEquals(names.length, ids.length);
  const present = result.snapshot.sessions.length;
  assertEquals(new Set(names.slice(0, present)).size, present);
  assert(names.includes(exactName('"><script>')));
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]|\p{Cs}/u.test(report));
  assert(HOSTILE.length > 20);
});

Deno.test({
  name: "junit: Python's expat reads the same",
  ...needs("python3"),
  async fn() {
    const program = "import sys, xml.etree.ElementTree as tree\n" +
      "root = tree.parse(sys.stdin.buffer).getroot()\n" +
      "print(len(root.findall('.//testcase')), root.get('tests'))";
    for (const result of [usualResults(), hostileResults()]) {
      const report = junitReport([result]);
      const { success, stdout, stderr } = await readBy(
        ["python3", "-c", program],
        report,
      );
      assert(success, stderr);
      const count = results(report).length;
      assertEquals(stdout.trim(), `${count} ${count}`);
    }
  },
});

Deno.test({
  name: "junit: xmllint says it is valid",
  ...needs("xmllint"),
  async fn() {
    const schema = testData("reports/junit.xsd");
    const command = ["xmllint", "--noout", "--schema", schema, "-"];
    for (const result of [usualResults(), hostileResults()]) {
      for (const unfinished of ["error", "accepted"] as const) {
        const report = junitReport([{ ...result, unfinished }]);
        const { success, stderr } = await readBy(command, report);
        assert(success, stderr);
      }
    }
    const wrong = junitReport([]).replace("testsuites", "testsweets");
    assertEquals((await readBy(command, wrong)).success, false);
  },
});

/** Numbers of others that a double would change: a rewrite leaves them alone. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { jsonText } from "../../lib/report/json.ts";
import {
  encodeLine,
  parseExactly,
  parseLine,
} from "../../lib/session/event.ts";
import { type Folded, foldLine } from "../../lib/session/fold.ts";
import {
  blankBookkeeping,
  blankStatus,
  parseStatus,
  serializeStatus,
} from "../../lib/session/status.ts";
import type { Status } from "../../lib/session/types.ts";

const REF = { workspace: "w", sessionId: "s" };

const ODD = [
  "12345678901234567890",
  "-9007199254740993",
  "1.10",
  "0.1000",
  "1e5",
  "1E-7",
  "0.0000001",
  "-0",
  "2.0",
  "123456789012.123456",
];

/** What is written with `0` in each place of a number, and then with another. */
function statusText(number: string): string {
  const status = {
    ...blankStatus(REF),
    metadata: { id: 0, deep: [{ version: 0 }], text: "1.10, 1e5" },
    ptrack: {
      ...blankBookkeeping(),
      owner: { pid: 7, started: null, host: null, boot: null, ns: null, x: 0 },
      ours: 0,
    },
    theirs: { progress_pct: 0 },
  } as unknown as Status;
  return serializeStatus(status)
    .replaceAll(/"(id|version|x|ours)": 0/g, `"$1": ${number}`)
    .replace(/(?<="theirs": \{\s+"progress_pct": )0/, number);
}

Deno.test("a rewrite leaves the numbers of others as they are", () => {
  for (const number of [...ODD, "5", "-1.5"]) {
    const text = statusText(number);
    assertEquals(text.split(`: ${number}`).length - 1, 5, text);
    const status = parseStatus(text, REF) as Status;
    assertEquals(serializeStatus(status), text);
    assertStringIncludes(jsonText({ sessions: [status] }), `"id": ${number},`);
  }
});

Deno.test("such a number still counts as one", () => {
  const status = parseStatus(statusText("1.10"), REF) as Status;
  assertEquals(Number(status.metadata["id"]), 1.1);
  assertEquals(`${status.metadata["id"]}`, "1.1");
});

Deno.test("our own numbers are plain, however they are written", () => {
  const text = statusText("1e5").replace(
    '"progress_pct": 0',
    '"progress_pct": 4.0e1',
  ).replace('"attempt": 0', '"attempt": 2.0').replace('"pid": 7', '"pid": 7e0');
  const { progress_pct, ptrack } = parseStatus(text, REF) as Status;
  assertEquals([progress_pct, ptrack?.attempt, ptrack?.owner?.pid], [40, 2, 7]);
});

Deno.test("the numbers of metadata in the log are folded and written as they are", () => {
  for (const number of ODD) {
    const begun = {
      ...blankStatus(REF),
      state: "running",
      ptrack: { ...blankBookkeeping(), attempt: 1 },
    } as Folded;
    const stamp = { timestamp: "2026-02-13T10:00:00+00:00", id: "a" };
    const metadata = parseExactly(`{ "id": ${number} }`);
    const details = { message: "", pct: 5, metadata };
    const bytes = encodeLine(
      { event: "heartbeat", details, attempt: 1 },
      begun,
      stamp,
    );
    const text = new TextDecoder().decode(bytes);
    assertStringIncludes(text, `"metadata":{"id":${number}}`);
    const status = foldLine(begun, parseLine(text)!, "onward")!;
    assertEquals(status.progress_pct, 5);
    assertStringIncludes(serializeStatus(status), `"id": ${number}\n`);
  }
});

Deno.test("whatever number is written is written again", () => {
  let seed = 1;
  const below = (limit: number) => (seed = seed * 48271 % 2147483647) % limit;
  const digits = (most: number) =>
    Array.from({ length: 1 + below(most) }, () => below(10)).join("");
  for (let i = 0; i < 20_000; i++) {
    const sign = below(2) === 0 ? "-" : "";
    const whole = digits(20).replace(/^0+(?=.)/, "");
    const zeros = "0".repeat(below(8));
    const fraction = below(2) === 0 ? `.${zeros}${digits(20)}` : "";
    const exponent = below(5) === 0 ? `e-${below(30)}` : "";
    const text = `{"a":[${sign}${whole}${fraction}${exponent}]}`;
    assertEquals(JSON.stringify(parseExactly(text)), text);
  }
});

Deno.test("numbers too deep to be kept do no harm", () => {
  const deep = "[".repeat(50_000) + "1.10" + "]".repeat(50_000);
  const text = statusText("1.10").replace('"message": ""', `"deep": ${deep}`);
  const status = parseStatus(text, REF) as Status;
  assertEquals(status.message, "");
});

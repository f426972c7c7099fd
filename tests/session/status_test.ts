/** Reading a status.json, which others may have written, and writing it again. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { jsonText } from "../../lib/report/json.ts";
import {
  blankBookkeeping,
  blankStatus,
  parseStatus,
  serializeStatus,
} from "../../lib/session/status.ts";
import type { JsonObject, Status } from "../../lib/session/types.ts";
import { NO_PROCESSES, ODD_NUMBERS, OWNER } from "../support/odd_values.ts";

const REF = { workspace: "w", sessionId: "s" };

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
  for (const number of [...ODD_NUMBERS, "5", "-1.5"]) {
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

Deno.test("numbers too deep to be kept do no harm", () => {
  const deep = "[".repeat(50_000) + "1.10" + "]".repeat(50_000);
  const text = statusText("1.10").replace('"message": ""', `"deep": ${deep}`);
  const status = parseStatus(text, REF) as Status;
  assertEquals(status.message, "");
});

Deno.test("an invalid owner or command makes a status foreign", () => {
  const status = { ...blankStatus(REF), state: "running" };
  const read = (part: JsonObject) => {
    const ptrack = { ...blankBookkeeping(), owner: OWNER, ...part };
    return parseStatus(JSON.stringify({ ...status, ptrack }), REF) as Status;
  };
  assertEquals(read({}).ptrack?.owner, OWNER);
  for (const value of NO_PROCESSES) {
    const shown = JSON.stringify(value);
    assertEquals(read({ owner: value }).ptrack, undefined, shown);
    assertEquals(read({ child: value }).ptrack, undefined, shown);
  }
  assertEquals(read({ owner: { pid: 7 } }).ptrack?.owner?.pid, 7);
});

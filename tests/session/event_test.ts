/** Lines of the log: bounded, and with the numbers of others as they are. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  encodeLine,
  excessOf,
  LINE_LIMIT,
  parseExactly,
  parseLine,
} from "../../lib/session/event.ts";
import { type Folded, foldLine } from "../../lib/session/fold.ts";
import {
  blankBookkeeping,
  blankStatus,
  serializeStatus,
} from "../../lib/session/status.ts";
import { ODD_NUMBERS } from "../support/odd_values.ts";

const REF = { workspace: "w", sessionId: "s" };
const STAMP = { timestamp: "2026-02-13T10:00:00+00:00", id: "a" };

Deno.test("a line is at most 64 KiB, whatever it has to say", () => {
  const status = blankStatus(REF);
  const wordy = {
    event: "error" as const,
    attempt: 1,
    details: { error: "文".repeat(10 ** 7) },
  };
  const many = {
    event: "completed" as const,
    attempt: 1,
    details: {
      output_files: Array.from({ length: 50_000 }, (_, n) => `out/${n}.md`),
      message: "m",
    },
  };
  for (const draft of [wordy, many]) {
    const bytes = encodeLine(draft, status, STAMP);
    assertEquals(bytes.length <= LINE_LIMIT, true);
    assertEquals(bytes.at(-1), 10);
    const back = parseLine(new TextDecoder().decode(bytes));
    assertEquals(back?.event, draft.event);
  }
  const cut = parseLine(
    new TextDecoder().decode(encodeLine(wordy, status, STAMP)),
  );
  assertEquals(String(cut?.details["error"]).endsWith("…[cut]"), true);
});

Deno.test("the numbers of metadata in the log are folded and written as they are", () => {
  for (const number of ODD_NUMBERS) {
    const begun = {
      ...blankStatus(REF),
      state: "running",
      ptrack: { ...blankBookkeeping(), attempt: 1 },
    } as Folded;
    const metadata = parseExactly(`{ "id": ${number} }`);
    const details = { message: "", pct: 5, metadata };
    const bytes = encodeLine(
      { event: "heartbeat", details, attempt: 1 },
      begun,
      STAMP,
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

Deno.test("JSON is at most 64 deep, and brackets in texts do not count", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assertEquals(excessOf(nested(64)), "");
  assertEquals(excessOf(nested(65)), "it is more than 64 deep");
  assertEquals(excessOf(`[${'{"a":'.repeat(64)}1`), "it is more than 64 deep");
  const text = JSON.stringify(["[{".repeat(100), '\\"[[{{\\', "\\\\"]);
  assertEquals(excessOf(text), "");
  assertEquals(excessOf(`"${"[".repeat(100)}`), "");
  assertEquals(parseLine(`{"id":"a","x":${nested(64)}}`), null);
  assertEquals(parseLine(`{"id":"a","x":${nested(63)}}`)?.id, "a");
});

Deno.test("JSON has at most 20,000 values, however short they are", () => {
  const list = (count: number) => `[${Array(count).fill("{}").join(",")}]`;
  assertEquals(excessOf(list(9_000)), "");
  assertEquals(excessOf(list(30_000)), "it has more than 20000 values");
  const commas = JSON.stringify(",".repeat(100_000));
  assertEquals(excessOf(commas), "");
});

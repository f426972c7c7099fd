/** Lines of a stream: told apart whatever the chunks, and what each says. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseInstruction } from "../../lib/run/instruction.ts";
import { LINE_LIMIT, LineScanner } from "../../lib/run/line_scanner.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** All that a scanner hands out, and the heartbeat that is left. */
function scan(...chunks: (string | Uint8Array)[]) {
  const scanner = new LineScanner();
  const urgent = [];
  for (const chunk of chunks) {
    // A host uses the same room for every chunk.
    const bytes = typeof chunk === "string" ? encode(chunk) : chunk.slice();
    scanner.push(bytes);
    for (;;) {
      const next = scanner.next();
      if (next === null) break;
      urgent.push(next);
    }
    bytes.fill(0xff);
  }
  const last = scanner.finish();
  if (last !== null) urgent.push(last);
  return { urgent, heartbeat: scanner.take() };
}

const heartbeat = (progressPct: number | null, message = "") => ({
  kind: "heartbeat" as const,
  progressPct,
  message,
});

const HEARTBEATS: [line: string, pct: number | null, message: string][] = [
  ["50 Drafting", 50, "Drafting"],
  ["50", 50, ""],
  ["50%", 50, ""],
  ["50% Drafting  it ", 50, "Drafting  it "],
  ["7/20 chapters", 35, "chapters"],
  ["29/100", 29, ""],
  ["8/7 too many", 100, "too many"],
  ["0/7", 0, ""],
  ["007 x", 7, "x"],
  ["  5\tx", 5, "x"],
  ["12.9 x", 12, "x"],
  ["-5 x", 0, "x"],
  ["+5% x", 5, "x"],
  ["2.5/5 x", 50, "x"],
  ["123456789012345678901234567890 x", 100, "x"],
  ["1/3000000000000 x", 0, "x"],
  ["50 Drafting\r", 50, "Drafting"],
  ["50 50%", 50, "50%"],
  ["50 \u0000\u{1f600}", 50, "\u0000\u{1f600}"],
  ["heartbeat", null, ""],
  ["heartbeat 3 files left", null, "3 files left"],
  ['{"event":"heartbeat","pct":50,"message":"a\\nb"}', 50, "a\nb"],
  ['{"pct":"7/20"}', 35, ""],
  ['{"progress":"50%","message":null}', 50, ""],
  ['{"message":"only","other":[1]}', null, "only"],
];

for (const [line, pct, message] of HEARTBEATS) {
  Deno.test(`the line ${JSON.stringify(line)} is a heartbeat`, () => {
    const expected = { urgent: [], heartbeat: heartbeat(pct, message) };
    assertEquals(scan(`${line}\n`), expected);
    assertEquals(scan(line), expected, "without an end");
    assertEquals(scan(...line, "\n"), expected, "in pieces");
  });
}

const VERBS: [line: string, instruction: unknown][] = [
  ["error it broke", { kind: "error", text: "it broke" }],
  ["error", { kind: "error", text: "" }],
  ["waiting\tfor you ", { kind: "waiting", text: "for you " }],
  ["fail 50 %", { kind: "fail", text: "50 %", outputFiles: [] }],
  ["complete", { kind: "complete", outputFiles: [], message: "" }],
  ["complete a  b", {
    kind: "complete",
    outputFiles: ["a", "b"],
    message: "",
  }],
  ['{"event":"complete","output":["a b"],"message":"m"}', {
    kind: "complete",
    outputFiles: ["a b"],
    message: "m",
  }],
  ['{"event":"waiting","reason":"r"}', { kind: "waiting", text: "r" }],
  ['{"event":"error","error":"e"}', { kind: "error", text: "e" }],
  ['{"event":"failed","text":"t","output":"one"}', {
    kind: "fail",
    text: "t",
    outputFiles: ["one"],
  }],
];

for (const [line, instruction] of VERBS) {
  Deno.test(`the line ${JSON.stringify(line)} is handed out at once`, () => {
    const expected = { urgent: [instruction], heartbeat: heartbeat(5) };
    assertEquals(scan(`5\n${line}\r\n`) as unknown, expected);
    assertEquals(scan("5\n", ...line) as unknown, expected, "in pieces");
  });
}

const BAD = [
  "Drafting",
  "completed",
  "errors: 5",
  "Error x",
  "50%x",
  "50x y",
  "5/0 x",
  "5/ x",
  "5//6",
  "/6",
  "- x",
  "{",
  "{}",
  '{"event":"started"}',
  '{"pct":true}',
  '{"pct":"x"}',
  '{"message":5}',
  '{"metadata":[]}',
  '{"event":"complete","output":[1]}',
  `{"metadata":{"a":"${"x".repeat(40_000)}"}}`,
  `{"metadata":{"a":"${"漢".repeat(12_000)}"}}`,
  "[5]",
  "\u0000",
];

for (const line of BAD) {
  const name = JSON.stringify(line.slice(0, 40));
  Deno.test(`the line ${name} is bad, and the next one is read`, () => {
    const { urgent, heartbeat: last } = scan(`\n${line}\n7 on\n`);
    assertEquals(urgent.map(({ kind }) => kind), ["bad"]);
    assert("lineNumber" in urgent[0]! && urgent[0].lineNumber === 2);
    assertEquals(last, heartbeat(7, "on"));
  });
}

Deno.test("blank lines are skipped", () => {
  assertEquals(scan("\n\r\n  \n\t\n"), { urgent: [], heartbeat: null });
});

Deno.test("invalid UTF-8 becomes U+FFFD, in messages and bad lines", () => {
  const bytes = new Uint8Array([53, 32, 255, 65, 10, 255, 10]);
  const { urgent, heartbeat: last } = scan(bytes);
  assertEquals(last, heartbeat(5, "\ufffdA"));
  assert("text" in urgent[0]! && urgent[0].text === "\ufffd");
});

Deno.test("a line of megabytes is one bad line, shown by its beginning", () => {
  const part = "x".repeat(60_000);
  const many = Array.from({ length: 50 }, () => part);
  const { urgent, heartbeat: last } = scan("5 ", ...many, "\n6 on\n");
  assertEquals(urgent.length, 1);
  assert("text" in urgent[0]! && urgent[0].text.length <= 120);
  assertStringIncludes((urgent[0] as { why: string }).why, `${LINE_LIMIT}`);
  assertEquals(last, heartbeat(6, "on"));
});

Deno.test("the longest line that is allowed is read", () => {
  const text = "x".repeat(LINE_LIMIT - 2);
  const pieces = text.match(/.{1,65000}/g)!;
  assertEquals(scan("5 ", ...pieces, "\n").heartbeat, heartbeat(5, text));
});

Deno.test("of many heartbeats the newest percentage, message and metadata stay", () => {
  const { heartbeat: last } = scan(
    '1 one\n{"metadata":{"a":1,"b":1}}\n2\n{"metadata":{"b":2}}\n',
  );
  assertEquals(last, {
    kind: "heartbeat",
    progressPct: 2,
    message: "one",
    metadata: { a: 1, b: 2 },
  });
});

Deno.test("metadata has to be taken before it is too much", () => {
  const line = (key: number) =>
    `{"metadata":{"k${key}":"${"x".repeat(5000)}"}}\n`;
  const { urgent } = scan(line(1), line(2), line(3), line(4));
  assertEquals(urgent, [{ kind: "full" }]);
});

Deno.test("a key of metadata may have any name", () => {
  const read = parseInstruction('{"metadata":{"__proto__":1,"constructor":2}}');
  assert(read.kind === "heartbeat");
  assertEquals(Object.keys(read.metadata!), ["__proto__", "constructor"]);
});

Deno.test("the numbers of metadata keep their text", () => {
  const metadata = '{"id":12345678901234567890,"version":1.10}';
  const { heartbeat: last } = scan(`{"pct":5,"metadata":${metadata}}\n`);
  assertEquals(JSON.stringify(last?.metadata), metadata);
});

/**
 * Claude Code's payloads: what a monitor shows after each case of a corpus. And
 * the same payloads mutated: the hook is silent, and its files are readable.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { verdictWord } from "../../lib/session/verdict.ts";
import { AgentDesk } from "../support/agent_desk.ts";

// deno-lint-ignore no-explicit-any
type Payload = any;

interface Case {
  name: string;
  payloads: Payload[];
  expect: {
    sessions?: number;
    word?: string;
    message?: string;
    reason?: string;
    task?: string;
    progress?: number;
    errors?: string[];
    attempt?: number;
    metadata?: Record<string, unknown>;
    /** Seconds between the last payload and the monitor. */
    after?: number;
  };
}

const CORPUS: Case[] = JSON.parse(
  Deno.readTextFileSync(new URL("../data/hooks/corpus.json", import.meta.url)),
);

for (const { name, payloads, expect } of CORPUS) {
  Deno.test(`hook: ${name}`, async () => {
    const desk = new AgentDesk();
    for (const payload of payloads) {
      assertEquals(await desk.hook(payload), 0);
      assertEquals([desk.stdout, desk.stderr], ["", ""]);
    }
    desk.pass(expect.after ?? 0);
    if (expect.sessions !== undefined) {
      assertEquals((await desk.sessions()).length, expect.sessions);
      return;
    }
    const report = await desk.look();
    assert(report !== null);
    const { verdict, view: { status } } = report;
    assertEquals(verdictWord(verdict), expect.word);
    assertEquals(verdict.waiting, expect.word === "waiting");
    if (expect.reason !== undefined) {
      assertEquals(verdict.reason, expect.reason);
    }
    if (expect.message !== undefined) {
      assertEquals(status.message, expect.message);
    }
    if (expect.task !== undefined) {
      assertEquals(status.task_description, expect.task);
    }
    if (expect.progress !== undefined) {
      assertEquals(status.progress_pct, expect.progress);
    }
    if (expect.attempt !== undefined) {
      assertEquals(status.ptrack?.attempt, expect.attempt);
    }
    if (expect.errors !== undefined) {
      const texts = status.errors.map((text) => text.replace(/^\[.*?\] /, ""));
      assertEquals(texts, expect.errors);
    }
    for (const [key, value] of Object.entries(expect.metadata ?? {})) {
      assertEquals(status.metadata[key], value);
    }
  });
}

Deno.test("no input or output of tools and subagents is kept", async () => {
  for (const { payloads } of CORPUS) {
    const desk = new AgentDesk();
    for (const payload of payloads) await desk.hook(payload);
    for (const session of await desk.sessions()) {
      const text = JSON.stringify(await desk.log("claude", session));
      assert(!text.includes("SECRET"), text);
    }
  }
});

Deno.test("--no-prompts keeps no text of prompts and tool inputs", async () => {
  for (const { payloads } of CORPUS) {
    const desk = new AgentDesk();
    for (const payload of payloads) {
      await desk.hook(payload, { args: ["--no-prompts"] });
    }
    for (const session of await desk.sessions()) {
      const text = JSON.stringify(await desk.log("claude", session));
      for (const told of ["make test", "Draft", "store.ts", "Which database"]) {
        assert(!text.includes(told), `${told}: ${text}`);
      }
    }
  }
});

/** Random numbers, the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const ODD: Payload[] = [
  null,
  "",
  0,
  -1,
  1e308,
  true,
  [],
  {},
  "../../etc/passwd",
  "\0",
  "\x1b[31m\u202e",
  "\ud800",
  "x".repeat(70_000),
  { __proto__: null, toString: 1 },
  Array.from({ length: 50 }, () => ({ id: "x", status: "completed" })),
];

/** A copy of a payload with one odd value. */
function mutate(payload: Payload, next: () => number): Payload {
  const copy = structuredClone(payload);
  const keys = Object.keys(copy);
  const key = keys[Math.floor(next() * keys.length)] ?? "x";
  const odd = ODD[Math.floor(next() * ODD.length)];
  const dice = next();
  if (dice < 0.3) delete copy[key];
  else if (dice < 0.5 && typeof copy[key] === "object" && copy[key]) {
    copy[key] = mutate(copy[key], next);
  } else copy[key] = odd;
  return copy;
}

Deno.test("the hook survives mutated payloads in silence, and damages nothing", async () => {
  const next = numbers(7);
  for (let round = 0; round < 300; round++) {
    const desk = new AgentDesk();
    const { payloads } = CORPUS[Math.floor(next() * CORPUS.length)]!;
    for (const payload of payloads) {
      const whole = { session_id: "7b0c1234-fuzz", cwd: "/desk", ...payload };
      const text = JSON.stringify(mutate(whole, next));
      const cut = next() < 0.2
        ? text.slice(0, Math.floor(next() * text.length))
        : text;
      assertEquals(await desk.hook(cut), 0);
      assertEquals([desk.stdout, desk.stderr], ["", ""]);
    }
    for (const session of await desk.sessions()) {
      const report = await desk.look();
      assert(report !== null);
      assertEquals(report.view.condition, "readable");
      assertEquals(desk.files.inspect(`/desk/.parallel/${session}`), null);
    }
    const names = desk.files.list("/").map(({ name }) => name);
    assertEquals(names, ["desk"]);
  }
});

Deno.test("payloads in any order leave a readable session", async () => {
  const next = numbers(11);
  for (let round = 0; round < 60; round++) {
    const desk = new AgentDesk();
    const all = CORPUS.flatMap(({ payloads }) => payloads);
    for (let at = 0; at < 12; at++) {
      await desk.hook(all[Math.floor(next() * all.length)]);
      assertEquals([desk.stdout, desk.stderr], ["", ""]);
    }
    const report = await desk.look();
    if (report === null) continue;
    assertEquals(report.view.condition, "readable");
    assert(report.view.status.progress_pct <= 100);
  }
});

Deno.test("the debug log has the result of each call", async () => {
  const desk = new AgentDesk();
  desk.env["PTRACK_HOOK_DEBUG"] = "/desk/debug.log";
  await desk.hook({ hook_event_name: "UserPromptSubmit", prompt: "x" });
  await desk.hook({ hook_event_name: "Stop" });
  await desk.hook("{");
  desk.env["PTRACK_SESSION"] = "..";
  await desk.hook({ hook_event_name: "Stop" });
  const text = desk.files.readText("/desk/debug.log", 1e6);
  assertStringIncludes(text, "UserPromptSubmit: claude/desk-7b0c1234: started");
  assertStringIncludes(text, "Stop: claude/desk-7b0c1234: waiting");
  assertStringIncludes(text, "no event: no session: nothing to record");
  assertStringIncludes(text, 'not recorded: Cannot use ".."');
});

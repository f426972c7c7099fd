/**
 * The hook as an agent calls it: as a process, with a pipe that may never be
 * closed, and at the same time as other hooks of the session.
 */
import { assert, assertEquals } from "@std/assert";
import { Place, PROGRAM, times } from "../support/program.ts";

const SESSION = "7b0c1234-5678-4abc-9def-001122334455";

// deno-lint-ignore no-explicit-any
type Payload = any;

function text(place: Place, payload: Payload): string {
  return JSON.stringify({ session_id: SESSION, cwd: place.path, ...payload });
}

function prompt(place: Place): string {
  return text(place, { hook_event_name: "UserPromptSubmit", prompt: "Go" });
}

const SILENT = { code: 0, signal: null, stdout: "", stderr: "" };

const CORPUS: { payloads: Payload[] }[] = JSON.parse(
  Deno.readTextFileSync(new URL("../data/hooks/corpus.json", import.meta.url)),
);

Deno.test("every kind of payload is read in silence, whole or cut off", async () => {
  await using place = new Place();
  const all = CORPUS.flatMap(({ payloads }) => payloads);
  const step = times({ soak: 1, test: 20 });
  for (let at = 0; at < all.length; at += step) {
    const whole = text(place, all[at]);
    const cut = whole.slice(0, Math.floor(whole.length * (at % 10) / 10));
    for (const stdin of [whole, cut]) {
      assertEquals(await place.runWith({ stdin }, "hook"), SILENT);
    }
  }
  for (const session of place.names("claude")) place.status("claude", session);
});

Deno.test("empty or missing standard input records nothing", async () => {
  await using place = new Place();
  assertEquals(await place.run("hook"), SILENT);
  assertEquals(await place.shell("ptrack hook <&-"), SILENT);
  assertEquals(await place.shell("ptrack hook < /"), SILENT);
  assertEquals(await place.shell("ptrack hook --whatever"), SILENT);
  assertEquals(place.names(""), []);
});

/** The hook on a pipe that stays open as long as the test wants. */
class OpenHook {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(place: Place) {
    const [program, ...args] = [...PROGRAM, "hook"];
    this.#child = new Deno.Command(program!, {
      args,
      cwd: place.path,
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
  }

  async write(text: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(text));
  }

  /** Its exit code; the pipe is open until then. */
  async code(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#writer.abort().catch(() => {});
    return code;
  }
}

/** Runs the hook on a pipe that stays open; returns its exit code. */
async function onOpenPipe(place: Place, payload: string): Promise<number> {
  const hook = new OpenHook(place);
  await hook.write(payload);
  return await hook.code();
}

Deno.test("a pipe that is never closed does not keep the hook for ever", async () => {
  await using whole = new Place();
  await using cut = new Place();
  await using empty = new Place();
  const codes = await Promise.all([
    onOpenPipe(whole, prompt(whole)),
    onOpenPipe(cut, prompt(cut).slice(0, -1)),
    onOpenPipe(empty, ""),
  ]);
  assertEquals(codes, [0, 0, 0]);
  for (const place of [whole, cut]) {
    assertEquals(place.status("claude", "desk-7b0c1234").message, "Prompt: Go");
  }
  assertEquals(empty.names(""), []);
});

Deno.test("a payload in two parts is waited for while the pipe is open", async () => {
  await using place = new Place();
  const hook = new OpenHook(place);
  const stop = text(place, { hook_event_name: "Stop" });
  await hook.write(stop.slice(0, 20));
  // Another hook does all of its work meanwhile.
  await place.runWith({ stdin: prompt(place) }, "hook");
  assertEquals(place.status("claude", "desk-7b0c1234").ptrack.waiting, null);
  await hook.write(stop.slice(20));
  assertEquals(await hook.code(), 0);
  const { ptrack } = place.status("claude", "desk-7b0c1234");
  assertEquals(ptrack.waiting.kind, "idle");
});

Deno.test("a payload of many megabytes is read to its end", async () => {
  await using place = new Place();
  const stdin = text(place, {
    hook_event_name: "PostToolUseFailure",
    tool_name: "Write",
    tool_input: {
      file_path: place.at("big.txt"),
      content: 'a "quoted" line\n'.repeat(600_000),
    },
    error: "No space left",
  });
  assert(stdin.length > 10_000_000);
  assertEquals(await place.runWith({ stdin }, "hook"), SILENT);
  const { errors, message } = place.status("claude", "desk-7b0c1234");
  assertEquals(message, "Write big.txt");
  assert(errors[0].endsWith("Write big.txt failed: No space left"));
});

Deno.test("many hooks at once lose nothing", async () => {
  await using place = new Place();
  const count = times({ soak: 20, test: 10 });
  const call = (payload: Payload) =>
    place.runWith({ stdin: text(place, payload) }, "hook");
  const calls = Array.from({ length: count }, (_, at) => [
    call({
      hook_event_name: "PostToolUseFailure",
      tool_name: `T${at}`,
      error: "x",
    }),
    call({ hook_event_name: "SubagentStart", agent_id: `a${at}` }),
    call({
      hook_event_name: "PostToolUse",
      tool_name: "TaskCreate",
      tool_response: { task: { id: `${at}` } },
    }),
  ]).flat();
  for (const result of await Promise.all(calls)) assertEquals(result, SILENT);
  assertEquals(place.names("claude"), ["desk-7b0c1234"]);
  const { errors, metadata, ptrack } = place.status("claude", "desk-7b0c1234");
  assertEquals(errors.length, count);
  assertEquals(Object.keys(ptrack.agent.tasks).length, count);
  // A subagent may have begun before its session.
  assert(metadata.subagents_running <= count);
  assertEquals(metadata.subagents_running, metadata.subagents_total);
});

Deno.test("the hook is silent if it cannot write", async () => {
  await using place = new Place();
  Deno.removeSync(place.at(".parallel"));
  Deno.writeTextFileSync(place.at(".parallel"), "a file");
  // Else another .parallel further up would do.
  Deno.mkdirSync(place.at(".git"));
  const debug = place.at("debug.log");
  const env = { PTRACK_HOOK_DEBUG: debug };
  const stdin = prompt(place);
  assertEquals(await place.runWith({ stdin, env }, "hook"), SILENT);
  const told = Deno.readTextFileSync(debug);
  assert(/not recorded: .*not a directory/.test(told), told);
  const elsewhere = { PTRACK_HOOK_DEBUG: "/dev/full" };
  const quiet = await place.runWith({ stdin, env: elsewhere }, "hook");
  assertEquals(quiet, SILENT);
});

Deno.test("the exit code decides under run, and hooks only add to it", async () => {
  for (const code of [0, 3]) {
    await using place = new Place();
    const script = [
      `printf '%s' '${prompt(place)}' | ptrack hook`,
      `printf '%s' '${text(place, { hook_event_name: "Stop" })}' | ptrack hook`,
      `printf '%s' '${
        text(place, { hook_event_name: "SessionEnd", reason: "other" })
      }' | ptrack hook`,
      `exit ${code}`,
    ].join("\n");
    Deno.writeTextFileSync(place.at("agent.sh"), script);
    const result = await place.shell(
      "ptrack run -s adr -w adrs -- sh agent.sh",
    );
    assertEquals(result.code, code);
    assertEquals(place.names(""), [".gitignore", "adrs"]);
    const status = place.status("adrs", "adr");
    assertEquals(status.state, code === 0 ? "completed" : "failed");
    assertEquals(status.ptrack.attempt, 1);
    assertEquals(status.metadata.agent, "claude");
  }
});

Deno.test("in an agent's shell, verbs find its session and wait leaves it out", async () => {
  await using place = new Place();
  await place.runWith({ stdin: prompt(place) }, "hook");
  const env = { CLAUDE_CODE_SESSION_ID: SESSION };
  const beat = await place.runWith({ env }, "heartbeat", "--pct", "60");
  assertEquals(beat, SILENT);
  assertEquals(place.status("claude", "desk-7b0c1234").progress_pct, 60);
  await place.ok("start", "-w", "claude", "-s", "other", "x");
  await place.ok("complete", "-w", "claude", "-s", "other");
  const wait = await place.runWith({ env }, "monitor", "wait", "-w", "claude");
  assertEquals(wait.code, 0);
  const lost = { CLAUDE_CODE_SESSION_ID: "none" };
  const refused = await place.runWith({ env: lost }, "heartbeat");
  assertEquals(refused.code, 3);
});

Deno.test("--waiting-count prints a bare number", async () => {
  await using place = new Place();
  const count = async (...args: string[]) =>
    await place.ok("monitor", "status", "--waiting-count", ...args);
  assertEquals(await count(), "0\n");
  for (const session of ["a", "b", "c"]) {
    await place.ok("start", "-w", `w-${session}`, "-s", session, "x");
  }
  assertEquals(await count(), "0\n");
  await place.ok("waiting", "-w", "w-a", "-s", "a", "x");
  await place.ok("waiting", "-w", "w-b", "-s", "b", "x");
  await place.ok("fail", "-w", "w-c", "-s", "c", "x");
  assertEquals(await count(), "2\n");
  assertEquals(await count("-w", "w-a"), "1\n");
  const missing = await place.run("monitor", "-w", "none", "--waiting-count");
  assertEquals([missing.code, missing.stdout], [3, ""]);
});

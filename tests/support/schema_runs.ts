/**
 * Sessions of all kinds, made by the program as people, wrappers and agents
 * call it: together they write every key of the format. After each step
 * `look` is called, to see what was written.
 */
import { end, permission, prompt, stop, tool } from "./hook_payloads.ts";
import { type Place, testData, times } from "./program.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

/** Where a run takes place, and what it calls after each step. */
export interface Desk {
  place: Place;
  /** Looks at all that was written so far. */
  look: () => void;
}

/** One of the runs; it fails by itself only where it could not go on. */
export interface Run {
  name: string;
  go: (desk: Desk) => Promise<void>;
}

/** Calls a command that may end as it likes, and looks. */
async function call({ place, look }: Desk, ...args: string[]): Promise<number> {
  const { code } = await place.run(...args);
  look();
  return code;
}

/** The same for a script in bash. */
async function shell({ place, look }: Desk, script: string): Promise<void> {
  await place.shell(script);
  look();
}

async function wholeLife(desk: Desk): Promise<void> {
  const { place, look } = desk;
  await place.ok(
    ...["start", "-s", "a", "Draft it", "--batch", "night"],
    ...["--meta", "n=1", "--meta", "list=[1,null,{}]"],
    ...["--heartbeat-timeout", "1.5s", "--session-timeout", "1h"],
    ...["--pid", String(Deno.pid)],
  );
  look();
  const of = ["-s", "a"];
  await call(desk, "heartbeat", ...of, "--pct", "0");
  await call(desk, "heartbeat", ...of, "--pct", "250", "-m", "Half");
  await call(desk, "heartbeat", ...of, "--pct", "1/3", "--meta", "o={}");
  await call(desk, "waiting", ...of, "Which one?");
  await call(desk, "heartbeat", ...of, "-m", "é".repeat(20_000));
  await call(desk, "waiting", ...of);
  await call(desk, "error", ...of, "\u001b[31mno\nway");
  await call(desk, "complete", ...of, "--output", "x.md", "-m", "Done");
  await call(desk, "heartbeat", ...of);
  await call(desk, "start", ...of, "--restart");
  await call(desk, "start", ...of, "--force", "anew");
  await call(desk, "fail", ...of, "No disk", "--output", "half.md");
  await call(desk, "start", "-s", "b");
  await call(desk, "complete", "-s", "b");
}

/** Their owner, a shell, is gone when the next word comes. */
async function orphans(desk: Desk): Promise<void> {
  for (const word of ["heartbeat", "waiting", "error"]) {
    await shell(desk, `ptrack start -s ${word} --pid $$`);
    await call(desk, word, "-s", word, ...word === "error" ? ["no"] : []);
  }
}

/** Running sessions that are replaced; the program judges them by the log. */
async function replaced(desk: Desk): Promise<void> {
  const { place } = desk;
  await shell(desk, "ptrack start -s x --pid $$");
  const [started] = place.log("default", "x");
  const line = (event: string, details: Json) => ({
    ...started,
    timestamp: new Date(Date.now() - 9e6).toISOString()
      .replace("Z", "000+00:00"),
    event,
    id: `${event}-1`,
    details,
  });
  const begun = { ...started.details, session_timeout: 9e5 };
  const idle = { reason: "", kind: "idle" };
  const lives: Record<string, Json[]> = {
    crashed: [line("started", begun)],
    late: [line("started", { task: "" })],
    idle: [
      line("started", { ...begun, ended_by: "hook" }),
      line("waiting", idle),
    ],
  };
  for (const [session, lines] of Object.entries(lives)) {
    const log = lines.map((one) => `${JSON.stringify(one)}\n`).join("");
    place.write("default", session, { "log.jsonl": log });
    await place.ok("start", "-s", session, "--restart");
    desk.look();
  }
}

const COMMANDS: [options: string[], script: string][] = [
  [["-d", "What for", "--batch", "night", "--meta", "a=b"], "exit 0"],
  [["--success-codes", "3"], "exit 3"],
  [["--output", "none.md", "--verify"], "exit 0"],
  [["--output", "made.md", "--verify"], "echo x > made.md"],
  [["--output", "none.md"], "exit 7"],
  [[], "kill -9 $$"],
  [["--timeout", "0.1s"], "exec sleep 60"],
  [
    ["--timeout", "0.1s", "--kill-after", "0.1s"],
    "trap '' TERM; exec sleep 60",
  ],
  [["--idle-timeout", "0.1s"], "exec sleep 60"],
  [["--capture"], "printf 'a\\033[1m\\377\\n%030000d\\n' 7 >&2; exit 9"],
  [["--capture", "--retry", "2", "--retry-delay", "0s"], "echo no; exit 1"],
  [["--progress", "(\\d+)%", "--every", "1s"], "echo 5%; echo 50%; exit 0"],
  [[], "ptrack heartbeat --pct 50 -m half; ptrack waiting; ptrack error no"],
  [[], "ptrack complete --output made -m 'All done'; exit 1"],
  [[], "ptrack fail 'No disk'; exit 0"],
];

async function commands(desk: Desk): Promise<void> {
  const { place } = desk;
  const env = { PATH: place.searchPath() };
  for (const [options, script] of COMMANDS) {
    const command = [...options, "--", "sh", "-c", script];
    await place.runWith({ env }, "run", ...command);
    desk.look();
  }
  await call(desk, "run", "-s", "again", "--", "no-such-command");
  await call(desk, "run", "-s", "again", "--", "/");
  await call(desk, "run", "-s", "again", "--exclusive", "--", "true");
}

const INPUTS = [
  "5 a\n7/20 chapters\nwaiting for it\nerror no\ncomplete a.md b.md\n",
  "heartbeat a\nfail no\n",
  "50%\n",
  'what?\n{"event":"heartbeat","pct":1e9,"message":"m","metadata":{"k":[]}}\n' +
  '{"event":"complete","output":["a b.md"],"message":"Done"}\n',
  "error no\n".repeat(120),
];

async function streams(desk: Desk): Promise<void> {
  const { place, look } = desk;
  for (const stdin of INPUTS) {
    await place.runWith({ stdin }, "stream", "Lines");
    look();
    await place.runWith({ stdin }, "stream", "--detach", "--meta", "a=b");
    look();
  }
}

/** A tool call, a helper's if `agent_id` is given. */
const CALL = (tool_name: string, more: Json) => ({
  ...tool("make"),
  tool_name,
  ...more,
});
const LIST = (...states: string[]) => ({
  tool_input: {
    todos: states.map((status) => ({ content: "x", status })),
  },
});
const HELPER = { agent_id: "a1", agent_type: "Explore" };
const FAILURE = { hook_event_name: "PostToolUseFailure", error: "no" };
const PARKED = { background_tasks: [{ id: "b1", status: "running" }] };

const AGENT_LIVES: Json[][] = [
  [
    prompt("Draft it"),
    CALL("TodoWrite", LIST("completed", "in_progress", "pending")),
    CALL("TaskCreate", { tool_response: { task: { id: "9" } } }),
    CALL("TaskUpdate", { tool_input: { taskId: "9", status: "deleted" } }),
    { hook_event_name: "SubagentStart", ...HELPER },
    permission("make", HELPER),
    tool("make", HELPER),
    CALL("Bash", { ...FAILURE, ...HELPER }),
    { hook_event_name: "SubagentStop", ...HELPER },
    { hook_event_name: "SubagentStop", agent_id: "a2" },
    permission("rm -r /"),
    CALL("Bash", FAILURE),
    stop(PARKED),
    stop(),
    prompt("Go on"),
    { hook_event_name: "StopFailure", error: "rate_limit" },
    stop(),
    end(),
  ],
  [prompt(), end()],
  [prompt(), end("clear")],
];

const CORPUS: { payloads: Json[] }[] = JSON.parse(
  Deno.readTextFileSync(testData("hooks/corpus.json")),
);

async function agents(desk: Desk): Promise<void> {
  const { place, look } = desk;
  const step = times({ soak: 1, test: 10 });
  const some = CORPUS.filter((_, at) => at % step === 0)
    .map(({ payloads }) => payloads);
  for (const [at, payloads] of [...AGENT_LIVES, ...some].entries()) {
    const session_id = `${String(at).padStart(8, "0")}-5678-4abc`;
    const known = { session_id, cwd: place.path };
    for (const payload of payloads) {
      const stdin = JSON.stringify({ ...known, ...payload });
      const env = { CLAUDE_PID: String(Deno.pid) };
      await place.runWith({ stdin, env }, "hook");
      if (at < AGENT_LIVES.length) look();
    }
  }
  look();
}

/** What the original began, and ptrack goes on with. */
async function taken(desk: Desk): Promise<void> {
  const { place } = desk;
  const from = testData("reference-adrs");
  for (const { name } of [...Deno.readDirSync(from)]) {
    const files = [...Deno.readDirSync(`${from}/${name}`)].map((file) => [
      file.name,
      Deno.readTextFileSync(`${from}/${name}/${file.name}`),
    ]);
    place.write("adrs", name, Object.fromEntries(files));
    const of = ["-w", "adrs", "-s", name];
    await call(desk, "heartbeat", ...of, "--pct", "50", "-m", "Taken");
    await call(desk, "start", ...of, "--restart");
    await call(desk, "fail", ...of, "no");
  }
}

/** A log in which nothing counts leaves a status without an attempt. */
async function blank(desk: Desk): Promise<void> {
  desk.place.write("default", "a", { "log.jsonl": "what?\n" });
  await call(desk, "heartbeat", "-s", "a");
}

/** All of them. */
export const RUNS: readonly Run[] = [
  { name: "a whole life, and another attempt", go: wholeLife },
  { name: "a word after the owner's end", go: orphans },
  { name: "a crashed, a late and an idle session begun again", go: replaced },
  { name: "commands and how they end", go: commands },
  { name: "streams of lines", go: streams },
  { name: "hooks of an agent", go: agents },
  { name: "sessions of the original", go: taken },
  { name: "a log of nothing", go: blank },
];

/**
 * What a user would take instead of `ptrack heartbeat`: the same report made by
 * another program, measured in turn with ours. What is not installed is left out.
 */
import type { Command } from "./measure.ts";
import type { Bench } from "./plan.ts";
import type { Figure } from "./table.ts";

const WORKSPACE = "peers";
const SESSION = "session-00000";

/** Appends to a log and replaces a status by a rename, as a heartbeat does. */
const PYTHON = `import json, os, sys
place = sys.argv[1]
with open(place + "/status.json") as file:
    status = json.load(file)
status["progress_pct"] = 42
status["message"] = "Comparing the options"
with open(place + "/log.jsonl", "a") as log:
    log.write(json.dumps({"event": "heartbeat", "details": {"pct": 42}}) + "\\n")
with open(place + "/status.json.part", "w") as file:
    json.dump(status, file, indent=2)
os.rename(place + "/status.json.part", place + "/status.json")
`;

const NODE = `const fs = require("node:fs");
const place = process.argv[1];
const status = JSON.parse(fs.readFileSync(place + "/status.json", "utf8"));
status.progress_pct = 42;
status.message = "Comparing the options";
const line = { event: "heartbeat", details: { pct: 42 } };
fs.appendFileSync(place + "/log.jsonl", JSON.stringify(line) + "\\n");
fs.writeFileSync(place + "/status.json.part", JSON.stringify(status, null, 2));
fs.renameSync(place + "/status.json.part", place + "/status.json");
`;

/** Measures a heartbeat beside its alternatives. */
export async function measurePeers(bench: Bench): Promise<Figure[]> {
  const { amounts, sessions, programs, stopwatch, directory } = bench;
  await sessions.write(WORKSPACE, 1, "running");
  const place = `${directory}/peer`;
  Deno.mkdirSync(place);
  Deno.writeTextFileSync(`${place}/status.json`, "{}");
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("ok\n"),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const heartbeat =
    `heartbeat -w ${WORKSPACE} -s ${SESSION} --pct 42 -m options`;
  const commands: Record<string, Command> = {
    "`ptrack heartbeat`": {
      args: [programs.ptrack, ...heartbeat.split(" ")],
      directory,
    },
    "an empty program, compiled the same way": { args: [programs.empty] },
  };
  const others: [name: string, program: string, args: string[]][] = [
    ["a message to a local server by `curl`", "curl", ["-s", url]],
    ["the same writes by `python3`", "python3", ["-c", PYTHON, place]],
    ["the same writes by `node`", "node", ["-e", NODE, place]],
  ];
  for (const [name, program, args] of others) {
    const path = find(program);
    if (path !== null) commands[name] = { args: [path, ...args] };
  }
  const found = await stopwatch.compare(commands, amounts.peers);
  const own = Object.keys(commands)[0]!;
  return Object.keys(commands).map((name) => {
    const ratio = found.median((runs) => runs[name].wallMs / runs[own].wallMs);
    const times = name === own ? "" : `, ${ratio.toFixed(1)} times a heartbeat`;
    return {
      what: name,
      measured: `${found.wallMs(name).toFixed(1)} ms${times}`,
      limit: "",
      met: true,
    };
  });
}

/** Where a program is; of Python the interpreter behind what only finds it. */
function find(program: string): string | null {
  const script = program === "python3"
    ? "python3 -c 'import sys; print(sys.executable)'"
    : `command -v ${program}`;
  const { success, stdout } = new Deno.Command("sh", { args: ["-c", script] })
    .outputSync();
  return success ? new TextDecoder().decode(stdout).trim() : null;
}

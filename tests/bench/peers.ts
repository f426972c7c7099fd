/**
 * What a user would take instead of `ptrack heartbeat` and of `ptrack run`: the
 * same done by other programs, measured in turn with ours. What is not
 * installed has a row that says so.
 */
import { type Command, outputOf } from "./measure.ts";
import type { Bench } from "./plan.ts";
import { type Figure, notInstalled } from "./figures.ts";
import { PROGRAMS } from "./programs.ts";
import { findProgram } from "../support/needs.ts";

const WORKSPACE = "peers";

/** One way to do it. */
interface Peer {
  what: string;
  /** The program of others that does it, where there is one. */
  program?: string;
  args: string[];
}

/** Measures a heartbeat beside its alternatives. */
export async function measureReports(bench: Bench): Promise<Figure[]> {
  const { sessions, programs, directory } = bench;
  await sessions.write(WORKSPACE, 1, "running");
  const line = `heartbeat -w ${WORKSPACE} -s session-00000 --pct 42 -m options`;
  const place = sessions.writeForeignSession(
    "alternatives",
    "session",
    "running",
  );
  const socket = `${directory}/notify.socket`;
  using _receiver = receiveDatagrams(socket);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("ok\n"),
  );
  return await comparePeers(bench, [
    { what: "`ptrack heartbeat`", args: [programs.ptrack, ...line.split(" ")] },
    {
      what: "the same of the npm package, on Node",
      program: "node",
      args: [programs.nodePackage, ...line.split(" ")],
    },
    {
      what: "an empty program, compiled the same way",
      args: [programs.empty],
    },
    {
      what: "the original system, in Python",
      program: "python3",
      args: [`${PROGRAMS}/original.py`, place],
    },
    {
      what: "the same writes by a few lines of Python",
      program: "python3",
      args: [`${PROGRAMS}/writes.py`, place],
    },
    {
      what: "the same writes by a few lines for Node",
      program: "node",
      args: [`${PROGRAMS}/writes.cjs`, place],
    },
    {
      what: "a request to a local server by `curl`",
      program: "curl",
      args: ["-s", `http://127.0.0.1:${server.addr.port}/`],
    },
    {
      what: "a message to a service manager by `systemd-notify`",
      program: "systemd-notify",
      args: ["--status=42 %"],
    },
    {
      what: "the same writes in C, without any check",
      args: [programs.floor, place],
    },
  ], { NOTIFY_SOCKET: socket });
}

/** Measures a command that is run by ptrack, and by others. */
export async function measureRuns(bench: Bench): Promise<Figure[]> {
  const { programs, directory } = bench;
  const env = { TS_SOCKET: `${directory}/queue.socket`, TMPDIR: directory };
  const run = [programs.ptrack, "run", "-w", WORKSPACE, "--", "true"];
  const figures = await comparePeers(bench, [
    { what: "`ptrack run -- true`", args: run },
    { what: "`true` alone", args: ["true"] },
    {
      what: "`true` through the queue of task-spooler, `tsp -nf true`",
      program: "tsp",
      args: ["-nf", "true"],
    },
  ], env);
  // Its server waits for more.
  if (findProgram("tsp")) await outputOf(["tsp", "-K"], { directory, env });
  return figures;
}

/** Measures in turn what is there; the first is ptrack. */
async function comparePeers(
  { stopwatch, amounts }: Bench,
  peers: Peer[],
  env: Record<string, string>,
): Promise<Figure[]> {
  const commands: Record<string, Command> = {};
  for (const { what, program, args } of peers) {
    const path = program === undefined ? [] : find(program);
    if (path !== null) commands[what] = { args: [...path, ...args] };
  }
  const found = await stopwatch.compare(commands, amounts.reads, env);
  const own = peers[0].what;
  return peers.map(({ what, program }) => {
    if (!(what in commands)) return notInstalled(what, program!);
    const times = `, ${found.ratio(what, own).toFixed(2)} times ${own}`;
    return {
      what,
      measured: found.wallMs(what).toFixed(1) + " ms" +
        (what === own ? "" : times),
      toBefore: found.toBefore(what),
    };
  });
}

/** Where a program is; of Python the interpreter behind what only finds it. */
function find(program: string): string[] | null {
  const path = findProgram(program);
  if (path === null) return null;
  if (program !== "python3") return [path];
  const { success, stdout } = new Deno.Command(path, {
    args: ["-c", "import sys; print(sys.executable)"],
  }).outputSync();
  return success ? [new TextDecoder().decode(stdout).trim()] : null;
}

/** A service manager's end of the socket, that reads and forgets. */
function receiveDatagrams(path: string): Disposable {
  const socket = Deno.listenDatagram({ path, transport: "unixpacket" });
  const received = (async () => {
    for await (const _ of socket) continue;
  })();
  received.catch(() => {});
  return { [Symbol.dispose]: () => socket.close() };
}

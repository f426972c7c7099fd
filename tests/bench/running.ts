/**
 * What `run` and `stream` cost: a command with and without it, its memory and
 * its idleness, and the rate at which lines are taken, against a bare program
 * that reads and splits the same lines.
 */
import {
  type Command,
  cpuS,
  ENVIRONMENT,
  median,
  pause,
  settleDevice,
} from "./measure.ts";
import type { Bench } from "./plan.ts";
import type { Figure } from "./table.ts";
import { count } from "./writing.ts";

const WORKSPACE = "running";
const CAPTURED_BYTES = 100_000_000;

/** Measures both. */
export async function measureRunning(bench: Bench): Promise<Figure[]> {
  return [
    await overhead(bench),
    await memory(bench, {
      what: "`run -- sleep`: peak memory",
      options: [],
      command: ["sleep", "0.5"],
      limitMb: 60,
    }),
    await memory(bench, {
      what: "`run --capture`, 100 MB of output: peak memory",
      options: ["--capture"],
      command: ["head", "-c", String(CAPTURED_BYTES), "/dev/zero"],
      limitMb: 80,
    }),
    ...(Deno.build.os === "linux" ? [await idleness(bench)] : []),
    ...await rate(bench),
    await freshness(bench),
  ];
}

function run(
  { programs, directory }: Bench,
  options: string[],
  command: string[],
): Command {
  return {
    args: [programs.ptrack, "run", "-w", WORKSPACE, ...options, "--"]
      .concat(command),
    directory,
  };
}

async function overhead(bench: Bench): Promise<Figure> {
  const { programs, stopwatch, amounts } = bench;
  await settleDevice();
  const found = await stopwatch.compare({
    run: run(bench, [], ["true"]),
    bare: { args: ["true"] },
    empty: { args: [programs.empty] },
  }, amounts.heartbeats);
  const ratio = found.median(({ run, bare, empty }) =>
    (run.wallMs - bare.wallMs) / empty.wallMs
  );
  return {
    what: "`ptrack run -- true` less `true` / an empty program compiled the " +
      "same way",
    measured: `${ratio.toFixed(2)} (${found.wallMs("run").toFixed(1)} − ${
      found.wallMs("bare").toFixed(1)
    } / ${found.wallMs("empty").toFixed(1)} ms)`,
    limit: "≤ 2.5",
    met: ratio <= 2.5,
  };
}

interface MemoryCase {
  what: string;
  options: string[];
  command: string[];
  limitMb: number;
}

async function memory(
  bench: Bench,
  { what, options, command, limitMb }: MemoryCase,
): Promise<Figure> {
  const found = await bench.stopwatch.compare(
    { run: run(bench, options, command) },
    bench.amounts.reads,
  );
  const peakMb = found.peakMb("run");
  return {
    what,
    measured: peakMb === null ? "not measured" : `${peakMb.toFixed(0)} MB`,
    limit: `< ${limitMb} MB`,
    met: peakMb !== null && peakMb < limitMb,
  };
}

const IDLE_LIMIT_PERCENT = 0.2;

async function idleness(bench: Bench): Promise<Figure> {
  const idleS = bench.amounts.idleS * 3;
  const { args, directory } = run(bench, [], ["sleep", String(idleS + 2)]);
  const child = new Deno.Command(args[0]!, {
    args: args.slice(1),
    cwd: directory,
    clearEnv: true,
    env: ENVIRONMENT,
  }).spawn();
  await pause(1_000);
  const before = cpuS(child.pid);
  const began = performance.now();
  await pause(idleS * 1000);
  const spentS = cpuS(child.pid) - before;
  const percent = spentS / ((performance.now() - began) / 1000) * 100;
  await child.status;
  return {
    what: "`run` while its command sleeps, a heartbeat every 30 s",
    measured: `${percent.toFixed(2)} % of a core`,
    limit: `< ${IDLE_LIMIT_PERCENT} %`,
    met: percent < IDLE_LIMIT_PERCENT,
  };
}

/** Lines as a loop writes them. */
async function writeLines(path: string, lines: number): Promise<void> {
  const file = await Deno.open(path, { write: true, create: true });
  const writer = file.writable.getWriter();
  const encoder = new TextEncoder();
  for (let from = 0; from < lines; from += 10_000) {
    let text = "";
    for (let n = from; n < Math.min(lines, from + 10_000); n++) {
      text += `${n}/${lines} Drafting chapter ${n % 100}\n`;
    }
    await writer.write(encoder.encode(text));
  }
  await writer.write(encoder.encode("complete\n"));
  await writer.close();
}

async function rate(bench: Bench): Promise<Figure[]> {
  const { programs, stopwatch, amounts, directory } = bench;
  const path = `${directory}/lines.txt`;
  await writeLines(path, amounts.streamed);
  const reading = (program: string): Command => ({
    args: ["sh", "-c", `${program} < ${path}`],
    directory,
  });
  const found = await stopwatch.compare({
    stream: reading(
      `exec ${programs.ptrack} stream -w ${WORKSPACE} --restart -s lines`,
    ),
    split: reading(`exec ${programs.split}`),
  }, amounts.reads);
  Deno.removeSync(path);
  const ratio = found.median(({ stream, split }) =>
    split.wallMs / stream.wallMs
  );
  const perSecond = Math.round(amounts.streamed / found.wallMs("stream")) *
    1_000;
  const peakMb = found.peakMb("stream");
  return [{
    what: `\`stream\`, ${count(amounts.streamed)} lines: the rate of a bare ` +
      "program that reads and splits them",
    measured: `${ratio.toFixed(2)} of it (${count(perSecond)} lines a second)`,
    limit: "≥ 0.33",
    met: ratio >= 0.33,
  }, {
    what: "`stream`: peak memory",
    measured: peakMb === null ? "not measured" : `${peakMb.toFixed(0)} MB`,
    limit: "constant",
    met: peakMb !== null && peakMb < 80,
  }];
}

const FRESH_MS = 100;

/** From the writing of a line until the status on disk has it. */
async function freshness(bench: Bench): Promise<Figure> {
  const { programs, directory, amounts } = bench;
  const child = new Deno.Command(programs.ptrack, {
    args: ["stream", "-w", WORKSPACE, "-s", "fresh"],
    cwd: directory,
    clearEnv: true,
    env: ENVIRONMENT,
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  const status = `${directory}/.parallel/${WORKSPACE}/fresh/status.json`;
  const has = (text: string) => {
    try {
      return Deno.readTextFileSync(status).includes(text);
    } catch {
      return false;
    }
  };
  const found: number[] = [];
  for (let round = 0; round < amounts.latencies; round++) {
    // A burst, of which only the last line matters.
    for (let n = 0; n < 50; n++) {
      await writer.write(encoder.encode(`${n} not yet ${round}\n`));
    }
    await writer.write(encoder.encode(`99 line ${round}\n`));
    const began = performance.now();
    while (!has(`line ${round}"`)) {
      if (performance.now() - began > 20_000) {
        throw new Error(`Cannot see line ${round} of the stream`);
      }
      await pause(1);
    }
    found.push(performance.now() - began);
  }
  await writer.write(encoder.encode("complete\n"));
  await writer.close();
  await child.status;
  const worstMs = Math.max(...found);
  return {
    what: "the last line of a burst is on disk, after",
    measured: `${median(found).toFixed(0)} ms, at most ${
      worstMs.toFixed(0)
    } ms`,
    limit: `${FRESH_MS} ms`,
    met: worstMs <= FRESH_MS,
  };
}

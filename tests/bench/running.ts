/**
 * What `run` and `stream` cost: a command with and without it, its memory, and
 * the rate at which lines are taken, against a bare program that reads and
 * splits the same lines.
 */
import { type Command, settleDevice } from "./measure.ts";
import type { Bench } from "./plan.ts";
import { atMost, count, type Figure, peakFigure } from "./figures.ts";

const WORKSPACE = "running";
const CAPTURED_BYTES = 100_000_000;

/** Measures both. */
export async function measureRunning(bench: Bench): Promise<Figure[]> {
  return [
    await overhead(bench),
    ...await memory(bench),
    ...await rate(bench),
  ];
}

function run({ programs }: Bench, ...words: string[]): Command {
  return { args: [programs.ptrack, "run", "-w", WORKSPACE, ...words] };
}

async function overhead(bench: Bench): Promise<Figure> {
  const { programs, stopwatch, amounts } = bench;
  await settleDevice();
  const found = await stopwatch.compare({
    run: run(bench, "--", "true"),
    bare: { args: ["true"] },
    empty: { args: [programs.empty] },
  }, amounts.heartbeats);
  const ratio = found.median(({ run, bare, empty }) =>
    (run.wallMs - bare.wallMs) / empty.wallMs
  );
  return {
    what: "`ptrack run -- true` less `true` / an empty program",
    measured: `${ratio.toFixed(2)} (${found.wallMs("run").toFixed(1)} − ${
      found.wallMs("bare").toFixed(1)
    } / ${found.wallMs("empty").toFixed(1)} ms)`,
    limit: atMost(2.6, ratio),
    toBefore: found.toBefore("run"),
  };
}

async function memory(bench: Bench): Promise<Figure[]> {
  const much = ["head", "-c", String(CAPTURED_BYTES), "/dev/zero"];
  const found = await bench.stopwatch.compare({
    sleep: run(bench, "--", "sleep", "0.5"),
    capture: run(bench, "--capture", "--", ...much),
  }, bench.amounts.peaks);
  return [
    peakFigure(found, { what: "`run -- sleep`", name: "sleep", limitMb: 60 }),
    peakFigure(found, {
      what: "`run --capture`, 100 MB of output",
      name: "capture",
      limitMb: 80,
    }),
  ];
}

async function rate(bench: Bench): Promise<Figure[]> {
  const { programs, stopwatch, amounts, directory } = bench;
  const input = `${directory}/lines.txt`;
  await writeLines(input, amounts.streamed);
  const stream = `stream -w ${WORKSPACE} --restart -s lines`;
  const found = await stopwatch.compare({
    stream: { args: [programs.ptrack, ...stream.split(" ")], input },
    split: { args: [programs.split], input },
  }, amounts.reads);
  Deno.removeSync(input);
  const share = found.ratio("split", "stream");
  const perSecond = Math.round(amounts.streamed / found.wallMs("stream")) *
    1_000;
  const what = `\`stream\`, ${count(amounts.streamed)} lines`;
  return [{
    what: `${what}: the rate of a bare program that reads and splits them`,
    measured: `${share.toFixed(2)} of it (${count(perSecond)} lines a second)`,
    limit: { text: "≥ 0.33", isMet: share >= 0.33 },
    toBefore: found.toBefore("stream"),
  }, peakFigure(found, { what, name: "stream", limitMb: 80 })];
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

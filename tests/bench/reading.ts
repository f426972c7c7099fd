/** What a look costs: ten thousand sessions, and the end of a long log. */
import { type Command, settleDevice } from "./measure.ts";
import type { Bench } from "./plan.ts";
import {
  atMost,
  count,
  type Figure,
  peakFigure,
  ratioFigure,
} from "./figures.ts";

/** Makes the sessions and measures. */
export async function measureReading(bench: Bench): Promise<Figure[]> {
  const { sessions, amounts } = bench;
  await sessions.write("own", amounts.sessions, "mixed");
  sessions.writeForeign("foreign", amounts.sessions);
  await sessions.write("thousand", 1_000, "mixed");
  await sessions.write("none", 0, "mixed");
  await sessions.longLog(amounts.lines);
  await settleDevice();
  return [
    ...await summaryFigures(bench),
    await growthFigure(bench),
    await logFigure(bench),
  ];
}

async function summaryFigures(bench: Bench): Promise<Figure[]> {
  const { stopwatch, amounts } = bench;
  // What the original wrote is read from its log, too.
  const foreignFiles = ["status.json", "log.jsonl"];
  const found = await stopwatch.compare({
    own: summary(bench, "own"),
    ownFloor: floor(bench, "own", ["status.json"]),
    alone: onOneCore(summary(bench, "own")),
    aloneFloor: onOneCore(floor(bench, "own", ["status.json"])),
    foreign: summary(bench, "foreign"),
    foreignFloor: floor(bench, "foreign", foreignFiles),
  }, amounts.reads);
  const what = `\`monitor --json\`, ${count(amounts.sessions)} sessions`;
  const opens = "a C program that opens, reads and closes each";
  const foreign = `${what} written by the original`;
  return [
    ratioFigure(found, {
      what: `${what} / ${opens} \`status.json\``,
      names: ["own", "ownFloor"],
      limit: 3.5,
    }),
    ratioFigure(found, {
      what: `${what}, on a single core / the same C program there`,
      names: ["alone", "aloneFloor"],
      limit: 4.5,
    }),
    ratioFigure(found, {
      what: `${foreign} / ${opens} \`status.json\` and \`log.jsonl\``,
      names: ["foreign", "foreignFloor"],
      limit: 7,
    }),
    peakFigure(found, { what, name: "own", limitMb: 200 }),
    peakFigure(found, { what: foreign, name: "foreign", limitMb: 200 }),
  ];
}

function summary({ programs }: Bench, workspace: string): Command {
  return { args: [programs.ptrack, "monitor", "--json", "-w", workspace] };
}

function floor(
  { programs, sessions }: Bench,
  workspace: string,
  files: string[],
): Command {
  return { args: [programs.reader, `${sessions.root}/${workspace}`, ...files] };
}

function onOneCore({ args }: Command): Command {
  return { args: ["taskset", "-c", "0", ...args] };
}

async function growthFigure(bench: Bench): Promise<Figure> {
  const found = await bench.stopwatch.compare({
    thousand: summary(bench, "thousand"),
    none: summary(bench, "none"),
  }, bench.amounts.peaks);
  const growthMb = found.peakMb("thousand") - found.peakMb("none");
  return {
    what: "`monitor --json`, 1,000 sessions: memory over that with none",
    measured: `${growthMb.toFixed(0)} MB`,
    limit: atMost(60, growthMb, " MB"),
  };
}

async function logFigure(bench: Bench): Promise<Figure> {
  const { programs, stopwatch, sessions, amounts } = bench;
  const { workspace, id, path } = await sessions.longLog(amounts.lines);
  const view = `monitor log -w ${workspace} -s ${id} -n 20`;
  const found = await stopwatch.compare({
    log: { args: [programs.ptrack, ...view.split(" ")] },
    empty: { args: [programs.empty] },
  }, amounts.heartbeats);
  const megabytes = (Deno.statSync(path).size / 1e6).toFixed(0);
  return ratioFigure(found, {
    what:
      `\`monitor log -n 20\` on a log of ${megabytes} MB / an empty program`,
    names: ["log", "empty"],
    limit: 1.9,
  });
}

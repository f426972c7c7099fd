/** What a look costs: ten thousand sessions, and the end of a long log. */
import { type Command, type Comparison, settleDevice } from "./measure.ts";
import type { Bench } from "./plan.ts";
import type { Figure } from "./table.ts";
import { count, LONG_LOG } from "./writing.ts";

const PEAK_LIMIT_MB = 200;
const GROWTH_LIMIT_MB = 60;

/** Makes the sessions and measures. */
export async function measureReading(bench: Bench): Promise<Figure[]> {
  const { sessions, amounts } = bench;
  await sessions.write("own", amounts.sessions, "mixed");
  sessions.writeForeign("foreign", amounts.sessions);
  await sessions.write("thousand", 1_000, "mixed");
  await sessions.write("none", 0, "mixed");
  await settleDevice();
  return [
    ...await summaryFigures(bench, {
      workspace: "own",
      written: "written by ptrack",
      files: ["status.json"],
      limit: 5,
    }),
    ...await summaryFigures(bench, {
      workspace: "foreign",
      written: "written by the original",
      files: ["status.json", "log.jsonl"],
      limit: 7,
    }),
    ...await growthFigures(bench),
    await logFigure(bench),
  ];
}

interface Summary {
  workspace: string;
  written: string;
  /** What ptrack has to open, and so the program in C, too. */
  files: string[];
  limit: number;
}

async function summaryFigures(
  bench: Bench,
  { workspace, written, files, limit }: Summary,
): Promise<Figure[]> {
  const { programs, stopwatch, sessions, amounts } = bench;
  if (programs.reader === null) return [];
  const found = await stopwatch.compare({
    ptrack: summary(bench, workspace),
    reader: {
      args: [programs.reader, `${sessions.root}/${workspace}`, ...files],
    },
  }, amounts.reads);
  const ratio = found.median((runs) => runs.ptrack.wallMs / runs.reader.wallMs);
  const cpuRatio = found.median((runs) =>
    runs.ptrack.cpuMs! / runs.reader.cpuMs!
  );
  const named = files.map((file) => `\`${file}\``).join(" and ");
  const what = `\`monitor --json\`, ${
    count(amounts.sessions)
  } sessions ${written}`;
  return [
    {
      what: `${what} / a C program that opens, reads and closes each ${named}`,
      measured: `${ratio.toFixed(1)} (${found.wallMs("ptrack").toFixed(0)} / ${
        found.wallMs("reader").toFixed(0)
      } ms; processor time ${cpuRatio.toFixed(1)})`,
      limit: `≤ ${limit}`,
      met: ratio <= limit,
    },
    peakFigure(`${what}: peak memory`, found.peakMb("ptrack")!),
  ];
}

function peakFigure(what: string, peakMb: number): Figure {
  return {
    what,
    measured: `${peakMb.toFixed(0)} MB`,
    limit: `< ${PEAK_LIMIT_MB} MB`,
    met: peakMb < PEAK_LIMIT_MB,
  };
}

async function growthFigures(bench: Bench): Promise<Figure[]> {
  const found = await bench.stopwatch.compare({
    thousand: summary(bench, "thousand"),
    none: summary(bench, "none"),
  }, bench.amounts.reads);
  const thousandMb = found.peakMb("thousand");
  const noneMb = found.peakMb("none");
  if (thousandMb === null || noneMb === null) return [];
  const growthMb = thousandMb - noneMb;
  return [{
    what: "`monitor --json`, 1,000 sessions: memory over that with none",
    measured: `${growthMb.toFixed(0)} MB`,
    limit: `< ${GROWTH_LIMIT_MB} MB`,
    met: growthMb < GROWTH_LIMIT_MB,
  }];
}

function summary({ programs, directory }: Bench, workspace: string): Command {
  return {
    args: [programs.ptrack, "monitor", "--json", "-w", workspace],
    directory,
  };
}

async function logFigure(bench: Bench): Promise<Figure> {
  const { programs, stopwatch, sessions, directory, amounts } = bench;
  const { workspace, id } = LONG_LOG;
  const path = `${sessions.root}/${workspace}/${id}/log.jsonl`;
  const view = `monitor log -w ${workspace} -s ${id} -n 20`;
  const found: Comparison<"log" | "tail" | "empty"> = await stopwatch.compare({
    log: { args: [programs.ptrack, ...view.split(" ")], directory },
    tail: { args: ["tail", "-n", "20", path] },
    empty: { args: [programs.empty] },
  }, amounts.reads * 3);
  const share = found.median(({ log, tail, empty }) =>
    log.wallMs / (3 * tail.wallMs + empty.wallMs)
  );
  const limitMs = 3 * found.wallMs("tail") + found.wallMs("empty");
  const megabytes = Deno.statSync(path).size / 1e6;
  return {
    what: `\`monitor log -n 20\` on a log of ${megabytes.toFixed(0)} MB`,
    measured: `${found.wallMs("log").toFixed(1)} ms`,
    limit: `< 3 × \`tail -n 20\` and an empty program (${
      limitMs.toFixed(1)
    } ms)`,
    met: share < 1,
  };
}

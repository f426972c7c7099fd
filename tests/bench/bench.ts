/**
 * `make bench`: what ptrack costs on this machine, printed as tables and put
 * into docs/performance.md. A figure beyond its limit is marked and fails
 * nothing: the machine may be busy. `BENCH_QUICK=1`: a short run, only printed.
 */
import { measureHooks } from "./hooks.ts";
import { measureLive } from "./live.ts";
import { Stopwatch } from "./measure.ts";
import { type Bench, FULL, QUICK } from "./plan.ts";
import { buildPrograms } from "./programs.ts";
import { measurePeers } from "./peers.ts";
import { measureReading } from "./reading.ts";
import { Sessions } from "./sessions.ts";
import { measureRunning } from "./running.ts";
import {
  type Figure,
  renderTables,
  replaceBetweenMarks,
  type Section,
} from "./table.ts";
import { measureWriting } from "./writing.ts";

const PAGE = new URL("../../docs/performance.md", import.meta.url).pathname;

const isQuick = (Deno.env.get("BENCH_QUICK") ?? "") !== "";
const directory = Deno.makeTempDirSync({ prefix: "ptrack-bench-" });
const programs = await buildPrograms();
const stopwatch = new Stopwatch(programs.stopwatch);
try {
  const tables = renderTables(
    await measureAll({
      amounts: isQuick ? QUICK : FULL,
      programs,
      stopwatch,
      sessions: Sessions.open(`${directory}/.parallel`),
      directory,
    }),
  );
  console.log(`\n${tables}`);
  if (!isQuick) writePage(tables);
} finally {
  stopwatch.close();
  Deno.removeSync(directory, { recursive: true });
}

async function measureAll(bench: Bench): Promise<Section[]> {
  const all: [heading: string, measure: (bench: Bench) => Promise<Figure[]>][] =
    [
      ["One report, beside what you might use instead", measurePeers],
      ["Reporting", measureWriting],
      ["Hooks of agents", measureHooks],
      ["Looking", measureReading],
      ["Watching", measureLive],
      ["Running commands, and streams", measureRunning],
    ];
  const sections: Section[] = [];
  for (const [heading, measure] of all) {
    const figures = await measure(bench);
    for (const { what, measured, limit, met } of figures) {
      const sign = met ? "  " : "! ";
      console.log(`${sign}${what}: ${measured}${limit && ` (${limit})`}`);
    }
    sections.push({ heading, figures });
  }
  return sections;
}

function writePage(table: string): void {
  let text: string;
  try {
    text = Deno.readTextFileSync(PAGE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const changed = replaceBetweenMarks(text, table);
  if (changed !== null) Deno.writeTextFileSync(PAGE, changed);
}

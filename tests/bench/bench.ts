/**
 * `make bench`: the figures that ptrack promises, measured on this machine,
 * printed as a table and put into README.md. It fails for no figure: what a
 * machine's neighbours do is not ptrack's fault. `BENCH_QUICK=1`: a short run,
 * only printed.
 */
import { measureHooks } from "./hooks.ts";
import { measureLive } from "./live.ts";
import { Stopwatch } from "./measure.ts";
import { type Bench, FULL, QUICK } from "./plan.ts";
import { buildPrograms } from "./programs.ts";
import { measureReading } from "./reading.ts";
import { Sessions } from "./sessions.ts";
import { measureRunning } from "./running.ts";
import { type Figure, renderTable, replaceBetweenMarks } from "./table.ts";
import { measureWriting } from "./writing.ts";

const README = new URL("../../README.md", import.meta.url).pathname;

const isQuick = (Deno.env.get("BENCH_QUICK") ?? "") !== "";
const directory = Deno.makeTempDirSync({ prefix: "ptrack-bench-" });
const programs = await buildPrograms();
const stopwatch = new Stopwatch(programs.stopwatch);
try {
  const table = renderTable(
    await measureAll({
      amounts: isQuick ? QUICK : FULL,
      programs,
      stopwatch,
      sessions: await Sessions.open(`${directory}/.parallel`),
      directory,
    }),
  );
  console.log(`\n${table}`);
  if (!isQuick) writeReadme(table);
} finally {
  stopwatch.close();
  Deno.removeSync(directory, { recursive: true });
}

async function measureAll(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  const all = [
    measureWriting,
    measureHooks,
    measureReading,
    measureLive,
    measureRunning,
  ];
  for (const measure of all) {
    for (const figure of await measure(bench)) {
      const sign = figure.met ? "  " : "! ";
      console.log(`${sign}${figure.what}: ${figure.measured}`);
      figures.push(figure);
    }
  }
  return figures;
}

function writeReadme(table: string): void {
  let text: string;
  try {
    text = Deno.readTextFileSync(README);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const changed = replaceBetweenMarks(text, table);
  if (changed !== null) Deno.writeTextFileSync(README, changed);
}

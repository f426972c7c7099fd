/**
 * `make bench`: what ptrack costs on this machine, beside other programs and
 * beside a ptrack before, printed as tables and put into docs/performance.md. A
 * figure beyond its limit is marked and fails nothing: the machine may be busy.
 * For Linux.
 *
 *     --before=PATH  the executable to compare with
 *     --only=NAME    one section, only printed
 *     --quick        a short run, only printed
 */
import { parseArgs } from "@std/cli";
import { describeChange, type Figure } from "./figures.ts";
import { measureHooks } from "./hooks.ts";
import { measureIdleness } from "./idle.ts";
import { measureLive } from "./live.ts";
import { measureInstructions } from "./instructions.ts";
import { describeMachine } from "./machine.ts";
import { Stopwatch } from "./measure.ts";
import { measureReports, measureRuns } from "./peers.ts";
import { type Bench, FULL, QUICK } from "./plan.ts";
import { openPrograms } from "./programs.ts";
import { measureReading } from "./reading.ts";
import { measureRunning } from "./running.ts";
import { Sessions } from "./sessions.ts";
import { renderTables, replaceBetweenMarks, type Section } from "./table.ts";
import { measureWriting } from "./writing.ts";

type Measure = (bench: Bench) => Promise<Figure[]>;

/** What is measured, by the name that --only takes. */
const SECTIONS: Record<string, [heading: string, measure: Measure]> = {
  reports: ["One report, beside what you might use instead", measureReports],
  runs: ["One command, beside what you might use instead", measureRuns],
  writing: ["Reporting", measureWriting],
  hooks: ["Hooks of agents", measureHooks],
  reading: ["Looking", measureReading],
  live: ["How soon a change is seen", measureLive],
  idle: ["While nothing happens", measureIdleness],
  running: ["Running commands, and streams", measureRunning],
  instructions: ["Instructions, as valgrind counts them", measureInstructions],
};

const PAGE = new URL("../../docs/performance.md", import.meta.url).pathname;

const options = parseArgs(Deno.args, {
  string: ["before", "only"],
  boolean: ["quick"],
});
if (Deno.build.os !== "linux") throw new Error("Cannot measure: no Linux");
const only = String(options.only ?? "");
const programs = openPrograms(String(options.before ?? ""));
const directory = Deno.makeTempDirSync({ prefix: "ptrack-bench-" });
try {
  const { ptrack, before, stopwatch } = programs;
  const sections = await measureAll({
    amounts: options.quick ? QUICK : FULL,
    programs,
    stopwatch: new Stopwatch({
      program: stopwatch,
      directory,
      ptrack,
      before: before && before.path,
    }),
    sessions: new Sessions(ptrack, directory),
    directory,
  });
  const version = before && before.version;
  const text = [
    `Measured by \`make bench\` on ${describeMachine()}. ${
      version === null
        ? "There was no release to compare with."
        : `The last column compares with ptrack ${version}, which is 1.`
    }`,
    "",
    renderTables(sections, version),
  ].join("\n");
  console.log(`\n${text}`);
  if (!options.quick && only === "") writePage(text);
} finally {
  Deno.removeSync(directory, { recursive: true });
}

async function measureAll(bench: Bench): Promise<Section[]> {
  const wanted = only === "" ? Object.keys(SECTIONS) : [only];
  const sections: Section[] = [];
  for (const name of wanted) {
    const found = SECTIONS[name];
    if (found === undefined) {
      throw new Error(`"${name}" is none of: ${Object.keys(SECTIONS)}`);
    }
    const [heading, measure] = found;
    const figures = await measure(bench);
    figures.forEach((figure) => console.log(describe(figure)));
    sections.push({ heading, figures });
  }
  return sections;
}

function describe(figure: Figure): string {
  const { what, measured, limit } = figure;
  const change = describeChange(figure);
  return [
    limit?.isMet === false ? "!" : " ",
    `${what}: ${measured}`,
    limit && `(${limit.text})`,
    change && `(beside before: ${change})`,
  ].filter(Boolean).join(" ");
}

function writePage(text: string): void {
  const changed = replaceBetweenMarks(Deno.readTextFileSync(PAGE), text);
  if (changed !== null) Deno.writeTextFileSync(PAGE, changed);
}

/** What a heartbeat costs: against an empty program, and on long histories. */
import { type Command, settleDevice } from "./measure.ts";
import type { Bench } from "./plan.ts";
import { count, type Figure, ratioFigure } from "./figures.ts";

const WORKSPACE = "writing";

/** Makes the sessions and measures. */
export async function measureWriting(bench: Bench): Promise<Figure[]> {
  const { amounts, sessions, programs, stopwatch } = bench;
  await sessions.write(WORKSPACE, 1, "running");
  await sessions.writeLongLog(WORKSPACE, "short-log", 8);
  await sessions.writeErrors(WORKSPACE, "few-errors", 100);
  await sessions.writeErrors(WORKSPACE, "many-errors", amounts.errors);
  const longLog = await sessions.longLog(amounts.lines);
  const place = sessions.writeForeignSession("floor", "session", "running");
  await settleDevice();
  const plain = await stopwatch.compare({
    heartbeat: heartbeat(bench, "session-00000"),
    empty: { args: [programs.empty] },
    compiledFloor: { args: [programs.compiledFloor, place] },
    floor: { args: [programs.floor, place] },
  }, amounts.heartbeats);
  const histories = await stopwatch.compare({
    longLog: heartbeat(bench, longLog.id, longLog.workspace),
    shortLog: heartbeat(bench, "short-log"),
    manyErrors: heartbeat(bench, "many-errors"),
    fewErrors: heartbeat(bench, "few-errors"),
  }, amounts.heartbeats);
  const errors = `${count(amounts.errors)} past errors`;
  return [
    ratioFigure(plain, {
      what: "`ptrack heartbeat` / an empty program",
      names: ["heartbeat", "empty"],
      limit: 1.6,
    }),
    ratioFigure(plain, {
      what: "its steps with files alone, compiled the same way / " +
        "an empty program",
      names: ["compiledFloor", "empty"],
    }),
    ratioFigure(plain, {
      what: "its steps with files alone, in C / an empty program",
      names: ["floor", "empty"],
    }),
    ratioFigure(histories, {
      what: `heartbeat: a log of ${count(amounts.lines)} lines / of 10`,
      names: ["longLog", "shortLog"],
      limit: SAME,
    }),
    ratioFigure(histories, {
      what: `heartbeat: ${errors} / 100`,
      names: ["manyErrors", "fewErrors"],
      limit: SAME,
    }),
    ratioFigure(histories, {
      what: `heartbeat: ${errors} / none`,
      names: ["manyErrors", "shortLog"],
      limit: SAME,
    }),
  ];
}

/** What does not depend on the length of a history. */
const SAME = 1.1;

function heartbeat(
  { programs }: Bench,
  session: string,
  workspace = WORKSPACE,
): Command {
  const line = `heartbeat -w ${workspace} -s ${session} --pct 3/7 -m`;
  return {
    args: [programs.ptrack, ...line.split(" "), "Comparing the options"],
  };
}

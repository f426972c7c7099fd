/** What a heartbeat costs: against an empty program, and on long histories. */
import { type Command, type Comparison, settleDevice } from "./measure.ts";
import type { Bench } from "./plan.ts";
import type { Figure } from "./table.ts";

const WORKSPACE = "writing";

/** The session that `monitor log` is measured on, too. */
export const LONG_LOG = { workspace: WORKSPACE, id: "long-log" };

/** Makes the sessions and measures. */
export async function measureWriting(bench: Bench): Promise<Figure[]> {
  const { amounts, sessions, programs, stopwatch } = bench;
  await sessions.write(WORKSPACE, 1, "running");
  await sessions.writeLongLog(WORKSPACE, "short-log", 8);
  await sessions.writeLongLog(WORKSPACE, LONG_LOG.id, amounts.lines);
  await sessions.writeErrors(WORKSPACE, "few-errors", 100);
  await sessions.writeErrors(WORKSPACE, "many-errors", amounts.errors);
  await settleDevice();
  const rounds = amounts.heartbeats;
  const plain = await stopwatch.compare({
    heartbeat: heartbeat(bench, "session-00000"),
    empty: { args: [programs.empty] },
  }, rounds);
  const lines = await stopwatch.compare({
    many: heartbeat(bench, LONG_LOG.id),
    few: heartbeat(bench, "short-log"),
  }, rounds);
  const errors = await stopwatch.compare({
    many: heartbeat(bench, "many-errors"),
    few: heartbeat(bench, "few-errors"),
    none: heartbeat(bench, "short-log"),
  }, rounds);
  return [
    heartbeatFigure(plain),
    independence(`a log of ${count(amounts.lines)} lines / of 10`, lines),
    independence(`${count(amounts.errors)} past errors / 100`, errors),
    independence(`${count(amounts.errors)} past errors / none`, {
      median: () => errors.median((run) => run.many.wallMs / run.none.wallMs),
    }),
  ];
}

function heartbeat({ programs, directory }: Bench, session: string): Command {
  const line = `heartbeat -w ${WORKSPACE} -s ${session} --pct 3/7 -m`;
  return {
    args: [programs.ptrack, ...line.split(" "), "Comparing the options"],
    directory,
  };
}

function heartbeatFigure(found: Comparison<"heartbeat" | "empty">): Figure {
  const ratio = found.median(({ heartbeat, empty }) =>
    heartbeat.wallMs / empty.wallMs
  );
  return {
    what: "`ptrack heartbeat` / an empty program compiled the same way",
    measured: `${ratio.toFixed(2)} (${found.wallMs("heartbeat").toFixed(1)} / ${
      found.wallMs("empty").toFixed(1)
    } ms)`,
    limit: "≤ 1.7",
    met: ratio <= 1.7,
  };
}

const SAME = 1.1;

function independence(
  what: string,
  found: Pick<Comparison<"many" | "few">, "median">,
): Figure {
  const ratio = found.median(({ many, few }) => many.wallMs / few.wallMs);
  return {
    what: `heartbeat: ${what}`,
    measured: ratio.toFixed(2),
    limit: `≤ ${SAME}`,
    met: ratio <= SAME,
  };
}

/** A number as people write it. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

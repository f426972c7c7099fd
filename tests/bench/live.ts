/**
 * How soon a change is seen: from the return of the command that made it, or
 * from the writing of a line. The ptrack before looks at the same sessions at
 * the same time.
 */
import { ENVIRONMENT, outputOf, pause } from "./measure.ts";
import type { Bench } from "./plan.ts";
import { type Figure, latencyFigure, notInstalled } from "./figures.ts";
import { PATIENCE_MS, type Place, Watching } from "./watching.ts";
import { findProgram } from "../support/needs.ts";

/** Until a program that says nothing has begun to watch. */
const SETTLE_MS = 500;

/** Measures each way to see a change. */
export async function measureLive(bench: Bench): Promise<Figure[]> {
  return [
    await watchFigure(bench, {
      what: "a heartbeat is a line of `watch`",
      workspace: "lines",
      output: "pipe",
    }),
    await screenFigure(bench),
    await waitFigure(bench),
    await streamFigure(bench),
  ];
}

async function screenFigure(bench: Bench): Promise<Figure> {
  const what = "a heartbeat is on the screen of `watch`";
  if (findProgram("script") === null) return notInstalled(what, "script");
  const row: WatchRow = { what, workspace: "screen", output: "terminal" };
  return await watchFigure(bench, row);
}

interface WatchRow extends Pick<Place, "output"> {
  what: string;
  workspace: string;
}

async function watchFigure(
  bench: Bench,
  { what, workspace, output }: WatchRow,
): Promise<Figure> {
  const { sessions, programs, directory, amounts } = bench;
  await sessions.write(workspace, 1, "running");
  const watches = programs.ptracks.map((ptrack) =>
    new Watching([ptrack, "watch", "-w", workspace], { directory, output })
  );
  await pause(SETTLE_MS);
  const found: number[][] = watches.map(() => []);
  for (let n = 1; n <= amounts.latencies; n++) {
    const message = `Change-${n}-of-${amounts.latencies}`;
    const seen = watches.map((watch) =>
      watch.sees(new RegExp(`${message}\\b`))
    );
    const line = `heartbeat -w ${workspace} -s session-00000 -m ${message}`;
    await outputOf([programs.ptrack, ...line.split(" ")], { directory });
    const returned = performance.now();
    (await Promise.all(seen)).forEach(({ atMs }, which) =>
      found[which].push(Math.max(0, atMs - returned))
    );
  }
  for (const watch of watches) await watch.stop();
  return latencyFigure(what, found);
}

async function waitFigure(bench: Bench): Promise<Figure> {
  const { sessions, programs, directory, amounts } = bench;
  await sessions.write("ends", amounts.latencies, "running");
  const found: number[][] = programs.ptracks.map(() => []);
  for (let n = 0; n < amounts.latencies; n++) {
    const session = `-w ends -s session-${String(n).padStart(5, "0")}`;
    const run = (ptrack: string, line: string) =>
      outputOf([ptrack, ...line.split(" ")], { directory });
    const waits = programs.ptracks.map((ptrack) =>
      run(ptrack, `monitor wait ${session}`).then(() => performance.now())
    );
    await pause(SETTLE_MS);
    await run(programs.ptrack, `complete ${session}`);
    const returned = performance.now();
    (await Promise.all(waits)).forEach((atMs, which) =>
      found[which].push(Math.max(0, atMs - returned))
    );
  }
  return latencyFigure("`complete` ends a `wait`", found);
}

/** From the writing of a line until the status on disk has it. */
async function streamFigure(bench: Bench): Promise<Figure> {
  const streams = bench.programs.ptracks.map((ptrack, which) =>
    new Streaming(bench, ptrack, `stream-${which}`)
  );
  const found = await Promise.all(streams.map(async (stream) => {
    const latencies: number[] = [];
    for (let round = 0; round < bench.amounts.latencies; round++) {
      latencies.push(await stream.latencyMs(round));
    }
    return latencies;
  }));
  for (const stream of streams) await stream.stop();
  return latencyFigure(
    "the last line of a burst into `stream` is on disk",
    found,
  );
}

/** A stream that takes lines. */
class Streaming {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #status: string;

  constructor({ directory, sessions }: Bench, ptrack: string, id: string) {
    this.#child = new Deno.Command(ptrack, {
      args: ["stream", "-w", "streams", "-s", id],
      cwd: directory,
      clearEnv: true,
      env: ENVIRONMENT,
      stdin: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#status = `${sessions.root}/streams/${id}/status.json`;
  }

  /** Writes a burst, of which only the last line matters. */
  async latencyMs(round: number): Promise<number> {
    const last = `line ${round}`;
    for (let n = 0; n < 50; n++) await this.#write(`${n} not yet ${round}`);
    await this.#write(`99 ${last}`);
    const began = performance.now();
    while (!this.#has(`${last}"`)) {
      if (performance.now() - began > PATIENCE_MS) {
        throw new Error(`Cannot see "${last}" of the stream`);
      }
      await pause(1);
    }
    return performance.now() - began;
  }

  async stop(): Promise<void> {
    await this.#write("complete");
    await this.#writer.close();
    await this.#child.status;
  }

  async #write(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  #has(text: string): boolean {
    try {
      return Deno.readTextFileSync(this.#status).includes(text);
    } catch {
      return false;
    }
  }
}

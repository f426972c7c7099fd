/**
 * What it costs to look, and to run a command, while nothing happens. All of
 * it at once, by the ptrack before too: what is counted is processor time.
 */
import { outputOf, pause, settleDevice } from "./measure.ts";
import type { Bench } from "./plan.ts";
import { atMost, type Figure, notInstalled } from "./figures.ts";
import { type Place, Watching } from "./watching.ts";
import { findProgram } from "../support/needs.ts";

/** Until what happens once, at the start, is over. */
const SETTLE_MS = 3_000;

interface Idler {
  what: string;
  limitPercent: number;
  output: Place["output"];
  words: string[];
}

const IDLERS: Idler[] = [
  {
    what: "`watch` in a terminal, 1,000 sessions",
    limitPercent: 0.3,
    output: "terminal",
    words: ["watch", "-w", "idle"],
  },
  {
    what: "`serve` with one viewer, 1,000 sessions",
    limitPercent: 0.3,
    output: "pipe",
    words: ["serve", "-w", "idle", "--port", "0"],
  },
  {
    what: "`run` while its command sleeps, a heartbeat every 30 s",
    limitPercent: 0.2,
    output: "pipe",
    words: ["run", "-w", "sleeping", "--", "sleep", "1000"],
  },
];

/** Measures them over the same time. */
export async function measureIdleness(bench: Bench): Promise<Figure[]> {
  await bench.sessions.write("idle", 1_000, "running");
  await settleDevice();
  const figures: Promise<Figure>[] = IDLERS.map(async (idler) => {
    if (idler.output === "terminal" && findProgram("script") === null) {
      return notInstalled(idler.what, "script");
    }
    const [now, before] = await Promise.all(
      bench.programs.ptracks.map((ptrack) => percentOf(bench, ptrack, idler)),
    );
    return {
      what: idler.what,
      measured: `${now.toFixed(2)} % of a core`,
      limit: atMost(idler.limitPercent, now, " %"),
      toBefore: before && now / before,
    };
  });
  return await Promise.all(figures);
}

/** The share of a core that a command takes. */
async function percentOf(
  { directory, amounts, programs }: Bench,
  ptrack: string,
  { words, output }: Idler,
): Promise<number> {
  const idler = new Watching([ptrack, ...words], { directory, output });
  using _viewer = words[0] === "serve" ? await openViewer(idler) : null;
  await pause(SETTLE_MS);
  const clock = [programs.cpuTime, String(idler.pid)];
  const cpuMs = async () => Number(await outputOf(clock, { directory })) / 1e6;
  const before = await cpuMs();
  const began = performance.now();
  await pause(amounts.idleS * 1000);
  const spentMs = await cpuMs() - before;
  const percent = spentMs / (performance.now() - began) * 100;
  await idler.stop();
  return percent;
}

/** Opens the page's stream of events, as a browser does. */
async function openViewer(server: Watching): Promise<Disposable> {
  const { text: url } = await server.sees(/http:\S+/);
  const viewer = new AbortController();
  await fetch(`${url}events`, { signal: viewer.signal });
  return { [Symbol.dispose]: () => viewer.abort() };
}

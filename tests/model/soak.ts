/**
 * The large run of the model: every pair of calls after every past, with two
 * kills, with short writes, with lines that show half; and three writers. It
 * prints what it has been through, and ends with 1 if anything is wrong.
 *
 *     deno run -A tests/model/soak.ts [PART/PARTS] [WORD...]
 *
 * With PART/PARTS, such as 1/2, it does one of so many equal parts. Words narrow
 * it to the scenarios whose names contain them all.
 */
import { explore, type Scenario } from "./explore.ts";
import {
  ALL_CALLS,
  type Call,
  filesAfter,
  type Past,
  writersOf,
} from "./situations.ts";

type Limits = Pick<Scenario, "kills" | "shorts" | "writes">;

interface Round {
  name: string;
  past: Past;
  calls: Call[];
  limits: Limits;
}

const PASTS: Past[] = [
  "empty directory",
  "running",
  "completed",
  "failed",
  "second attempt",
];

const PAIR_LIMITS: Limits[] = [
  { kills: 2 },
  { kills: 1, shorts: 1 },
  { kills: 1, writes: "split" },
];

const TRIPLES: [Past, Limits, Call[]][] = [
  ["empty directory", { kills: 0 }, ["start", "start", "start"]],
  ["running", { kills: 1 }, ["error", "error", "error"]],
  ["completed", { kills: 0 }, ["restart", "restart", "error"]],
  ["nothing", { kills: 0 }, ["start", "start"]],
];

function* rounds(): Generator<Round> {
  for (const limits of PAIR_LIMITS) {
    for (const past of PASTS) {
      for (const calls of pairs()) yield round(past, calls, limits);
    }
  }
  for (const [past, limits, calls] of TRIPLES) yield round(past, calls, limits);
}

function round(past: Past, calls: Call[], limits: Limits): Round {
  const { kills = 0, shorts = 0, writes = "whole" } = limits;
  const name = `${calls.join(" | ")} after ${past}: ` +
    `kills ${kills}, short ${shorts}, writes ${writes}`;
  return { name, past, calls, limits };
}

function* pairs(): Generator<Call[]> {
  for (const [at, one] of ALL_CALLS.entries()) {
    for (const other of ALL_CALLS.slice(at)) yield [one, other];
  }
}

const [part, ...words] = /^\d+\/\d+$/.test(Deno.args[0] ?? "")
  ? Deno.args
  : ["1/1", ...Deno.args];
const [own, parts] = part!.split("/").map(Number) as [number, number];
const wanted = [...rounds()]
  .filter(({ name }) => words.every((word) => name.includes(word)))
  .filter((_, index) => index % parts === own - 1);

let states = 0;
let wrong = 0;
for (const { name, past, calls, limits } of wanted) {
  const files = await filesAfter(past);
  const found = await explore({ files, programs: writersOf(calls), ...limits });
  states += found.states;
  wrong += found.violations.size;
  console.log(`${name}: ${found.states} states, ${found.ends} ends`);
  for (const [text, way] of found.violations) {
    console.log(`  WRONG: ${text}\n    ${way.join("\n    ")}`);
  }
}
console.log(`${states} states in all, ${wrong} things wrong`);
if (wrong > 0) Deno.exit(1);

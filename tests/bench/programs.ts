/**
 * The programs that are run: ptrack, one before it, and those of programs/,
 * which make compiles (some as ptrack is, some in C).
 */
import { ensureDirSync } from "@std/fs";

const ROOT = new URL("../../", import.meta.url).pathname;
const BUILD = `${ROOT}build/bench`;

/** The sources of what ptrack is compared with. */
export const PROGRAMS = new URL("programs", import.meta.url).pathname;

/** Where the programs are. */
export interface Programs {
  ptrack: string;
  /** The ptrack to compare with; null if there is none. */
  before: { path: string; version: string } | null;
  /** The paths of both, or of the one. */
  ptracks: string[];
  /** ptrack as Node runs it, from npm. */
  nodePackage: string;
  /** Does nothing, compiled as ptrack is: the price of a start. */
  empty: string;
  /** The steps of a heartbeat with files, compiled the same way; for Linux. */
  compiledFloor: string;
  /** Reads lines and splits them, compiled the same way. */
  split: string;
  stopwatch: string;
  cpuTime: string;
  reader: string;
  /** The steps of a heartbeat with files. */
  floor: string;
}

/** All of them, ready to be measured. */
export function openPrograms(before: string): Programs {
  const ptrack = installed(`${ROOT}bin/ptrack`, "ptrack");
  const known = before === "" ? null : {
    path: installed(before, "ptrack-before"),
    version: versionOf(before),
  };
  return {
    ptrack,
    before: known,
    ptracks: known === null ? [ptrack] : [ptrack, known.path],
    nodePackage: `${ROOT}dist/npm/js/main.js`,
    empty: installed(`${BUILD}/empty`, "empty"),
    compiledFloor: installed(`${BUILD}/compiled_floor`, "compiled_floor"),
    split: installed(`${BUILD}/split`, "split"),
    stopwatch: `${BUILD}/stopwatch`,
    cpuTime: `${BUILD}/cpu_time`,
    reader: `${BUILD}/reader`,
    floor: `${BUILD}/floor`,
  };
}

/**
 * A copy, as `make install` makes one: pages that a compiler has just written
 * in pieces load a fifth slower than those of a file that was copied.
 */
function installed(program: string, name: string): string {
  const directory = `${BUILD}/installed`;
  ensureDirSync(directory);
  const copy = `${directory}/${name}`;
  Deno.copyFileSync(program, copy);
  return copy;
}

function versionOf(ptrack: string): string {
  const { stdout } = new Deno.Command(ptrack, { args: ["--version"] })
    .outputSync();
  const text = new TextDecoder().decode(stdout);
  const [, version, commit] = /^ptrack (\S+).*?(?:commit (.+)\))?$/m
    .exec(text) ?? [];
  if (version === undefined) throw new Error(`Cannot compare with "${ptrack}"`);
  return commit === undefined || commit === "unknown"
    ? version
    : `${version}, ${commit}`;
}

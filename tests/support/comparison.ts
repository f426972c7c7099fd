/**
 * The oracle for `ptrack run`: the bare command. A script in bash is run once
 * as it stands and once under the program, wherever it says RUN, and both have
 * to end with the same code and write the same bytes. Scripts begin with their
 * circumstances, such as a signal that is ignored, which hold for both.
 */
import { assertEquals } from "@std/assert";
import { existsSync } from "@std/fs";
import {
  type Place,
  PROGRAM,
  type Result,
  type StartOptions,
} from "./program.ts";

/** How a command is run, and under which circumstances. */
export interface Way {
  name: string;
  /** What stands for RUN. */
  run: string;
  /** Before the script, in both runs. */
  prelude: string;
}

/** As people do. */
export const PLAIN: Way = {
  name: "plain",
  run: "ptrack run --",
  prelude: "",
};

/** What a login shell and nohup bring, and what a runtime resets. */
export const HAMPERED: Way = {
  name: "under nohup, with a limit on descriptors",
  run: "ptrack run --",
  prelude: 'ulimit -Sn 256; trap "" HUP USR2; ',
};

/** Where the output goes through pipes of the program. */
export const CAPTURED: Way = {
  name: "captured",
  run: "ptrack run --capture --",
  prelude: "",
};

/** All of them. */
export const WAYS = [PLAIN, HAMPERED, CAPTURED] as const;

/** Runs the script bare and under the program: both must be the same. */
export async function compare(
  place: Place,
  script: string,
  { way = PLAIN, ...options }: StartOptions & { way?: Way } = {},
): Promise<Result> {
  const bare = await place.shell(scriptFor(script, way, ""), options);
  const run = await place.shell(scriptFor(script, way, way.run), options);
  assertEquals(run, bare, `${way.name}: ${script}`);
  return run;
}

/** The script of a way, with `run` for each RUN. */
export function scriptFor(script: string, way: Way, run = way.run): string {
  // Without the shell that stands for the program, and drops odd variables.
  const direct = run.replace(/^ptrack\b/, PROGRAM.join(" "));
  return way.prelude + script.replaceAll(/\bRUN\b/g, () => direct);
}

/** The interpreter itself: what PATH finds may be a slow wrapper. */
export function pythonPath(): string {
  const args = ["-c", "import sys; print(sys.executable)"];
  const { stdout } = new Deno.Command("python3", { args }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/** The state of a process, such as `S`, `T` or `Z`; null if there is none. */
export function processState(pid: number): string | null {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2)[0]!;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    // Between its end and its removal.
    if (String(error).includes("ESRCH")) return null;
    throw error;
  }
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== null && state !== "Z" && state !== "X";
}

/** The text of a file, empty as long as there is none. */
export function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    if (error instanceof Deno.errors.NotADirectory) return "";
    throw error;
  }
}

/** Whether the session "a" of the workspace "default" has begun. */
export function hasBegun(place: Place): boolean {
  return existsSync(`${place.directory("default", "a")}/status.json`);
}

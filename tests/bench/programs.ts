/**
 * The programs that ptrack is measured against: an empty one that was compiled
 * as ptrack is, and small ones in C.
 */
import { ensureDirSync } from "@std/fs";
import { succeed } from "./measure.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const BUILD = `${ROOT}build/bench`;
const BUN = `${ROOT}.tools/node_modules/bun/bin/bun.exe`;

/** Where the programs are; null where no C compiler was found. */
export interface Programs {
  ptrack: string;
  /** Does nothing, compiled as ptrack is: the price of a start. */
  empty: string;
  /** Reads lines and splits them, compiled the same way. */
  split: string;
  stopwatch: string | null;
  reader: string | null;
}

/** Builds what has to be built. */
export async function buildPrograms(): Promise<Programs> {
  ensureDirSync(BUILD);
  return {
    ptrack: installed(`${ROOT}bin/ptrack`, "ptrack"),
    empty: installed(await build("empty", "export {};\n"), "empty-installed"),
    split: installed(await build("split", SPLIT), "split-installed"),
    stopwatch: await compile("stopwatch"),
    reader: await compile("reader"),
  };
}

/**
 * A copy, as `make install` makes one: pages that a compiler has just written
 * in pieces load a fifth slower than those of a file that was copied.
 */
function installed(program: string, name: string): string {
  const copy = `${BUILD}/${name}`;
  Deno.copyFileSync(program, copy);
  return copy;
}

const SPLIT = `let rest = "";
let count = 0;
for await (const text of Bun.stdin.stream().pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  count += lines.length;
}
process.exitCode = count > 0 ? 0 : 1;
`;

/** The same steps and flags as in the Makefile. */
async function build(name: string, code: string): Promise<string> {
  const source = `${BUILD}/${name}.js`;
  const program = `${BUILD}/${name}`;
  Deno.writeTextFileSync(source, code);
  const bundle = "bundle --quiet --frozen --code-splitting --outdir";
  await succeed({
    args: [Deno.execPath(), ...bundle.split(" "), `${BUILD}/js`, source],
    directory: ROOT,
    environment: "as it is",
  });
  const build = "build --compile --bytecode --format=esm --splitting " +
    "--no-compile-autoload-dotenv --no-compile-autoload-bunfig";
  await succeed({
    args: [BUN, ...build.split(" "), `${BUILD}/js/${name}.js`]
      .concat("--outfile", program),
    directory: BUILD,
  });
  return program;
}

async function compile(name: string): Promise<string | null> {
  const source = new URL(`${name}.c`, import.meta.url).pathname;
  const program = `${BUILD}/${name}`;
  try {
    await succeed({ args: ["cc", "-O2", "-o", program, source] });
    return program;
  } catch (error) {
    console.error(`${(error as Error).message}: figures are left out`);
    return null;
  }
}

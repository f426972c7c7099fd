/**
 * Whether an executable does its work at all: one session's life, seen by the
 * monitor. Small, because it also runs where nothing else can: under an emulator,
 * in an empty root, and as `make smoke` and `make smoke-dist` on systems that the other
 * tests do not know.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT, target, unpack } from "./dist.ts";

/** How an executable is called. */
export interface Way {
  /** The words before the arguments, such as those of an emulator. */
  command: readonly string[];
  /** Where sessions are to lie, as the program sees it. */
  directory: string;
  env?: Record<string, string>;
}

/** Calls it; returns what it printed, throws when its exit code is not `code`. */
export async function call(
  { command, directory, env }: Way,
  args: readonly string[],
  code = 0,
): Promise<string> {
  const [program, ...words] = command;
  const output = await new Deno.Command(program!, {
    args: [...words, ...args],
    env: { ...env, PTRACK_DIR: `${directory}/.parallel`, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(
    [output.code, text(output.stderr)],
    [code, ""],
    `${[...command, ...args].join(" ")}\n${text(output.stdout)}`,
  );
  return text(output.stdout);
}

/** A session's life; returns what `--version` printed. */
export async function smoke(way: Way): Promise<string> {
  const version = await call(way, ["--version"]);
  const { version: expected } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  assertStringIncludes(version, `ptrack ${expected}`);
  const session = ["-w", "smoke", "-s", "one"];
  await call(way, ["start", ...session, "A session"]);
  await call(way, ["heartbeat", ...session, "--pct", "40", "-m", "half"]);
  const before = await call(way, ["monitor", "-w", "smoke"]);
  assertStringIncludes(before, "40%");
  await call(way, ["complete", ...session, "-m", "done"]);
  await call(way, ["monitor", "wait", "-w", "smoke", "--expect", "1"]);
  const { sessions } = JSON.parse(
    await call(way, ["monitor", "-w", "smoke", "--json"]),
  );
  const [{ state, progress_pct }] = sessions;
  assertEquals([state, progress_pct], ["completed", 100]);
  return version.trim();
}

/** The executable to try: of the release for the target named, or the one built. */
async function executable(into: string): Promise<string> {
  const [name] = Deno.args;
  if (name !== undefined) {
    return `${await unpack(target(name), into)}/${target(name).executable}`;
  }
  return `${ROOT}bin/ptrack${Deno.build.os === "windows" ? ".exe" : ""}`;
}

if (import.meta.main) {
  const directory = await Deno.makeTempDir();
  const command = [await executable(directory)];
  console.log(await smoke({ command, directory }));
  await Deno.remove(directory, { recursive: true });
  console.log("1 passed, 0 failed");
}

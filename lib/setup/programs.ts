/** Asking other programs: git, claude, and the hook that was set up. */
import type { Platform } from "../platform/platform.ts";
import type { Pipe } from "../platform/processes.ts";

/** What a program ended with. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
  /** Milliseconds. */
  took: number;
}

const LIMIT_MS = 5_000;
const EXECUTE_BITS = 0o111;
const NOBODY: Readonly<Record<string, string>> = {};

/** Runs a program; null if it is not there, was killed, or takes too long. */
export async function ask(
  platform: Pick<Platform, "processes" | "clock">,
  command: readonly string[],
  env: Readonly<Record<string, string>> = NOBODY,
): Promise<Answer | null> {
  try {
    const processes = await platform.processes();
    const beganUs = platform.clock.nowUs();
    const child = await processes.spawn({
      command,
      env,
      group: "own",
      input: "held",
      output: "captured",
    });
    child.release();
    const over = new AbortController();
    const timeOut = platform.clock.sleep(LIMIT_MS, over.signal).then(() =>
      null
    );
    const output = Promise.all([readAll(child.stdout), readAll(child.stderr)]);
    const end = await Promise.race([
      Promise.all([child.ended, output]),
      timeOut,
    ]);
    const took = (platform.clock.nowUs() - beganUs) / 1000;
    over.abort();
    if (end === null) processes.signalGroup(child.pid, "SIGKILL");
    child.stdout?.close();
    child.stderr?.close();
    const [ending, [stdout = "", stderr = ""] = []] = end ?? [];
    if (ending?.kind !== "exited") return null;
    return { code: ending.code, stdout, stderr, took };
  } catch {
    // A program that cannot be asked has nothing to say.
    return null;
  }
}

async function readAll(pipe: Pipe | null): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const chunk = await pipe?.read() ?? null;
    if (chunk === null) return text;
    text += decoder.decode(chunk, { stream: true });
  }
}

/** Whether a program of this name is on the PATH. */
export function isOnPath(platform: Platform, name: string): boolean {
  const isWindows = platform.system === "windows";
  const names = isWindows ? [`${name}.exe`, `${name}.cmd`] : [name];
  return (platform.env("PATH") ?? "").split(isWindows ? ";" : ":")
    .filter((directory) => directory !== "")
    .some((directory) => names.some((one) => isFile(platform, directory, one)));
}

function isFile(platform: Platform, directory: string, name: string): boolean {
  try {
    const path = `${directory}/${name}`;
    if (platform.files.inspectTarget(path)?.kind !== "file") return false;
    const mode = platform.attributes.mode(path) ?? 0;
    return platform.system === "windows" || (mode & EXECUTE_BITS) !== 0;
  } catch {
    return false;
  }
}

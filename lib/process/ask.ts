/** Running other programs for their answers: git, claude, the hook itself. */
import type { Child, Pipe, Platform } from "../platform/platform.ts";
import { openProcesses } from "./processes.ts";

/** How a program ended, and what it printed. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 5_000;

/** Runs a program; null if it cannot run, was killed, or takes too long. */
export async function ask(
  platform: Platform,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answer | null> {
  const processes = openProcesses(platform);
  let child: Child | null = null;
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    child = await processes.spawn({
      command,
      env,
      group: "own",
      input: "held",
      output: "captured",
    });
    child.release();
    const { ended, stdout, stderr } = child;
    const results = Promise.all([ended, readAll(stdout), readAll(stderr)]);
    // Node 20 has no `Promise.withResolvers`, on which @std/async is built.
    const late = new Promise<never>((_, reject) => {
      limit = setTimeout(reject, TIMEOUT_MS);
    });
    const [end, out, err] = await Promise.race([results, late]);
    return end.kind === "exited"
      ? { code: end.code, stdout: out, stderr: err }
      : null;
  } catch {
    if (child !== null) processes.signalGroup(child.pid, "SIGKILL");
    return null;
  } finally {
    clearTimeout(limit);
    child?.stdout?.close();
    child?.stderr?.close();
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

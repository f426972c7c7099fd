/** Running other programs for their answers: git, claude, the hook itself. */
import { deadline } from "@std/async";
import type { Pipe, Platform } from "../platform/platform.ts";
import { openProcesses } from "./processes.ts";

/** How a program ended, and what it printed. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
  tookMs: number;
}

const TIMEOUT_MS = 5_000;

/** Runs a program; null if it cannot run, was killed, or takes too long. */
export async function ask(
  platform: Pick<Platform, "clock" | "system" | "systemCalls">,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answer | null> {
  try {
    const processes = openProcesses(platform);
    const startedUs = platform.clock.nowUs();
    const child = await processes.spawn({
      command,
      env,
      group: "own",
      input: "held",
      output: "captured",
    });
    child.release();
    try {
      const results = Promise.all([
        child.ended,
        readAll(child.stdout),
        readAll(child.stderr),
      ]);
      const [end, stdout, stderr] = await deadline(results, TIMEOUT_MS);
      const tookMs = (platform.clock.nowUs() - startedUs) / 1000;
      return end.kind === "exited"
        ? { code: end.code, stdout, stderr, tookMs }
        : null;
    } catch (error) {
      processes.signalGroup(child.pid, "SIGKILL");
      throw error;
    } finally {
      child.stdout?.close();
      child.stderr?.close();
    }
  } catch {
    // A program that cannot be run, or hangs, gives no answer.
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

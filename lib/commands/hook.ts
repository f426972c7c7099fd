/**
 * `ptrack hook` as a command: silent and successful, whatever happens. Only
 * the file that PTRACK_HOOK_DEBUG names hears what came of it.
 */
import { explain } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { type Format, recordHook } from "../agents/hook.ts";
import { parsePayload, readPayload } from "../agents/payload.ts";
import { formatTimestamp } from "../session/timestamp.ts";
import { DEFAULT_WORKSPACE } from "../tracker.ts";
import { namedDirectory, variable } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";
import { oneLine } from "../cli/one_line.ts";
import { attemptOf } from "./track.ts";

/** Records what the payload tells; returns 0. */
export async function runHook(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const [operand] = invocation.operands;
  try {
    const payload = operand === undefined || operand === "-"
      ? await readPayload(platform)
      : await parsePayload(new TextEncoder().encode(operand));
    const format = (invocation.text("format") ?? "claude") as Format;
    const session = variable(platform, "PTRACK_SESSION");
    const workspace = variable(platform, "PTRACK_WORKSPACE") ??
      (session === null ? format : DEFAULT_WORKSPACE);
    const done = await recordHook(platform, payload, {
      format,
      privacy: { keepsText: !invocation.flag("no-prompts") },
      directory: namedDirectory(platform, invocation),
      workspace,
      session,
      attempt: session === null
        ? null
        : attemptOf(platform, { workspace, sessionId: session }),
      batch: variable(platform, "PTRACK_BATCH"),
    });
    debug(platform, done);
  } catch (error) {
    debug(platform, `not recorded: ${explain(error)}`);
  }
  return 0;
}

/** A line in the debug log, if there is one. */
function debug(platform: Platform, text: string): void {
  const path = variable(platform, "PTRACK_HOOK_DEBUG");
  if (path === null) return;
  try {
    const file = platform.files.open(path, "create");
    const at = formatTimestamp(platform.clock.nowUs());
    file.append(new TextEncoder().encode(`${at} ${oneLine(text)}\n`));
    file.close();
  } catch {
    // Then there is nowhere to tell it.
  }
}

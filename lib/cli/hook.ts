/**
 * `ptrack hook` as a command: silent and successful, whatever happens. Only
 * the file that PTRACK_HOOK_DEBUG names hears what came of it.
 */
import { explain } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Format } from "../claude/dialects.ts";
import { type HookOutcome, recordHook } from "../claude/hook.ts";
import { parsePayload, readPayload } from "../claude/payload.ts";
import { formatTimestamp } from "../session/timestamp.ts";
import { DEFAULT_WORKSPACE } from "../tracker.ts";
import { namedDirectory, variable } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import { oneLine } from "./one_line.ts";
import { attemptOf } from "./track.ts";

/** Records what the payload says; returns 0. */
export async function runHook(
  host: Host,
  invocation: Invocation,
): Promise<number> {
  const [operand] = invocation.operands;
  try {
    const payload = operand === undefined || operand === "-"
      ? await readPayload(host)
      : parsePayload(new TextEncoder().encode(operand));
    const format = (invocation.text("format") ?? "claude") as Format;
    const session = variable(host, "PTRACK_SESSION");
    const workspace = variable(host, "PTRACK_WORKSPACE");
    const named = workspace ?? DEFAULT_WORKSPACE;
    const outcome = await recordHook(host, payload, {
      format,
      discretion: { tellsWhat: !invocation.flag("no-prompts") },
      directory: namedDirectory(host, invocation),
      session,
      workspace: { named, unnamed: workspace ?? format },
      attempt: session === null
        ? null
        : attemptOf(host, { sessionId: session, workspace: named }),
      batch: variable(host, "PTRACK_BATCH"),
    });
    debug(host, describe(outcome));
  } catch (error) {
    debug(host, `not recorded: ${explain(error)}`);
  }
  return 0;
}

function describe({ event, ref, recorded }: HookOutcome): string {
  const place = ref === null
    ? "no session"
    : `${ref.workspace}/${ref.sessionId}`;
  return `${event || "no event"}: ${place}: ${
    recorded.join(", ") || "nothing to record"
  }`;
}

/** A line in the debug log, if there is one. */
function debug(host: Host, text: string): void {
  const path = variable(host, "PTRACK_HOOK_DEBUG");
  if (path === null) return;
  try {
    const file = host.files.open(path, "create");
    const at = formatTimestamp(host.clock.nowUs());
    file.append(new TextEncoder().encode(`${at} ${oneLine(text)}\n`));
    file.close();
  } catch {
    // Then there is nowhere to tell it.
  }
}

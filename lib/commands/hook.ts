/**
 * `ptrack hook`: silent and successful, whatever happens. The result of a call
 * is told only to the file that PTRACK_HOOK_DEBUG names.
 */
import { explain, oneLine } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { type Format, HOOK_FORMATS, recordHook } from "../agents/hook.ts";
import { parsePayload, readPayload } from "../agents/payload.ts";
import { formatTimestamp } from "../session/times.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { namedDirectory, variable } from "../cli/options.ts";

/** The command `hook`. */
export const command: Command = {
  name: "hook",
  summary: "Record a step of a coding agent, as its hook",
  operands: {
    kind: "text",
    name: "PAYLOAD",
    required: false,
    help: "The payload, if it is not on standard input",
  },
  options: [
    {
      name: "format",
      value: "AGENT",
      choices: Object.keys(HOOK_FORMATS),
      help: "Whose hooks these are: claude, codex or gemini (claude)",
    },
    { name: "no-prompts", help: "Keep no text of prompts and tool inputs" },
  ],
  details: [
    'Coding agents run it at each step; "ptrack init --claude-code" sets it ' +
    "up. It prints nothing and always exits 0, so that it never disturbs the " +
    "agent. It appends the result of each call to the file that " +
    "PTRACK_HOOK_DEBUG names.",
    "The session is PTRACK_SESSION. Without that, it is a session in the " +
    "workspace with the name of the agent (claude, codex or gemini), named " +
    "after the worktree or branch. It begins with the first prompt or tool " +
    "call.",
  ],
  examples: [
    ["ptrack hook --no-prompts", "as a hook of Claude Code"],
    ["ptrack hook --format gemini", "as a hook of Gemini CLI"],
  ],
  exitCodes: [[0, "always"]],
  usageExitCode: 0,
  run: recordPayload,
};

async function recordPayload(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const [operand] = invocation.operands;
  try {
    const payload = operand === undefined || operand === "-"
      ? await readPayload(platform)
      : await parsePayload(new TextEncoder().encode(operand));
    const done = await recordHook(platform, payload, {
      format: (invocation.text("format") ?? "claude") as Format,
      kept: invocation.flag("no-prompts") ? "no text" : "one line",
      root: namedDirectory(platform, invocation),
    });
    debug(platform, done);
  } catch (error) {
    debug(platform, `not recorded: ${explain(error)}`);
  }
  return 0;
}

/** Appends a line to the debug log, if there is one. */
function debug(platform: Platform, text: string): void {
  const path = variable(platform, "PTRACK_HOOK_DEBUG");
  if (path === null) return;
  try {
    const file = platform.files.open(path, "create");
    const at = formatTimestamp(platform.clock.nowUs());
    file.append(new TextEncoder().encode(`${at} ${oneLine(text)}\n`));
    file.close();
  } catch {
    // There is nobody to tell.
  }
}

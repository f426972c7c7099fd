/** What an agent's hook costs: against an empty program, with its payload. */
import type { Command } from "./measure.ts";
import type { Bench } from "./plan.ts";
import type { Figure } from "./table.ts";

/** The same limits as the words: a payload of 2 KB, and one of 5 MB. */
const LIMITS = { small: 1.8, large: 3.6 };

/** Makes the payloads and measures. */
export async function measureHooks(bench: Bench): Promise<Figure[]> {
  const { amounts, programs, stopwatch } = bench;
  const small = hook(bench, "hook-2k.json", 2_000);
  const large = hook(bench, "hook-5m.json", 5_000_000);
  const found = await stopwatch.compare({
    small,
    large,
    empty: { args: [programs.empty], input: small.input! },
  }, amounts.heartbeats);
  const figure = (name: "small" | "large", size: string): Figure => {
    const ratio = found.median((runs) => runs[name].wallMs / runs.empty.wallMs);
    const limit = LIMITS[name];
    return {
      what: `\`ptrack hook\`, ${size} of payload / an empty program`,
      measured: `${ratio.toFixed(2)} (${found.wallMs(name).toFixed(1)} / ${
        found.wallMs("empty").toFixed(1)
      } ms)`,
      limit: `≤ ${limit}`,
      met: ratio <= limit,
    };
  };
  return [figure("small", "2 KB"), figure("large", "5 MB")];
}

/** A tool call that has written a file of about so many bytes. */
function hook(
  { programs, directory }: Bench,
  name: string,
  bytes: number,
): Command {
  const line = 'const answer = "forty-two";\n';
  const payload = {
    session_id: "7b0c1234-5678-4abc-9def-001122334455",
    transcript_path: "/home/u/.claude/projects/x/7b0c1234.jsonl",
    cwd: directory,
    permission_mode: "acceptEdits",
    hook_event_name: "PostToolUse",
    tool_name: "Write",
    tool_input: {
      file_path: `${directory}/lib/answer.ts`,
      content: line.repeat(Math.ceil(bytes / line.length)),
    },
    tool_response: { type: "update" },
    tool_use_id: "toolu_01",
  };
  const input = `${directory}/${name}`;
  Deno.writeTextFileSync(input, JSON.stringify(payload));
  return { args: [programs.ptrack, "hook"], directory, input };
}

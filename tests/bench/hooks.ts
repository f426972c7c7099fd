/** What an agent's hook costs: against an empty program, with its payload. */
import type { Bench } from "./plan.ts";
import { type Figure, ratioFigure } from "./figures.ts";

/** Makes the payloads and measures. */
export async function measureHooks(bench: Bench): Promise<Figure[]> {
  const { amounts: { heartbeats, reads } } = bench;
  return [
    await hookFigure(
      bench,
      { size: "2 KB", bytes: 2_000, limit: 1.8 },
      heartbeats,
    ),
    await hookFigure(
      bench,
      { size: "5 MB", bytes: 5_000_000, limit: 3.6 },
      reads,
    ),
  ];
}

interface HookRow {
  size: string;
  bytes: number;
  limit: number;
}

async function hookFigure(
  bench: Bench,
  { size, bytes, limit }: HookRow,
  rounds: number,
): Promise<Figure> {
  const { programs, stopwatch, directory } = bench;
  const input = `${directory}/hook-${bytes}.json`;
  Deno.writeTextFileSync(input, JSON.stringify(payload(directory, bytes)));
  const found = await stopwatch.compare({
    hook: { args: [programs.ptrack, "hook"], input },
    empty: { args: [programs.empty], input },
  }, rounds);
  return ratioFigure(found, {
    what: `\`ptrack hook\`, ${size} of payload / an empty program`,
    names: ["hook", "empty"],
    limit,
  });
}

/** A tool call that has written a file of about so many bytes. */
export function payload(directory: string, bytes: number): object {
  const line = 'const answer = "forty-two";\n';
  return {
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
}

/** The figures as a Markdown table, and its place in the README. */

/** One row: what was measured, the figure, and what it should be. */
export interface Figure {
  what: string;
  measured: string;
  demand: string;
  met: boolean;
}

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

/** The table, with the machine that it was measured on. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, demand, met }) =>
    `| ${what} | ${met ? measured : `**${measured}: exceeded**`} | ${demand} |`
  );
  return [
    `Measured by \`make bench\` on ${describeMachine()}. Whole processes,`,
    "run in turn with what they are compared with; medians.",
    "",
    "| | measured | demand |",
    "|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** Puts a table between the marks of a text; null if it has none. */
export function replaceBetweenMarks(
  text: string,
  table: string,
): string | null {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) return null;
  return `${text.slice(0, begin + BEGIN.length)}\n${table}${text.slice(end)}`;
}

function describeMachine(): string {
  const cores = navigator.hardwareConcurrency;
  const date = new Date().toISOString().slice(0, 10);
  return `${cores} core${cores === 1 ? "" : "s"} of ${processorModel()}, ` +
    `${Deno.build.os} ${Deno.osRelease()}, load ${
      Deno.loadavg()[0].toFixed(1)
    }, ${date}`;
}

function processorModel(): string {
  try {
    const found = Deno.readTextFileSync("/proc/cpuinfo")
      .match(/^model name\s*:\s*(.+)$/m);
    return found?.[1]?.trim() ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

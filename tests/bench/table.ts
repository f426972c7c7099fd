/** The figures as Markdown tables, and their place in docs/performance.md. */

/** One row: what was measured, the figure, and the limit it is held to. */
export interface Figure {
  what: string;
  measured: string;
  /** Shown while it is measured; pages for users have the figure only. */
  limit: string;
  met: boolean;
}

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

/** Figures below a heading. */
export interface Section {
  heading: string;
  figures: readonly Figure[];
}

/** The sections as tables, with the machine that they were measured on. */
export function renderTables(sections: readonly Section[]): string {
  const tables = sections.flatMap(({ heading, figures }) => [
    `| ${heading} | |`,
    "|---|---|",
    ...figures.map(({ what, measured }) => `| ${what} | ${measured} |`),
    "",
  ]);
  return [
    `Measured by \`make bench\` on ${describeMachine()}.`,
    "",
    ...tables,
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

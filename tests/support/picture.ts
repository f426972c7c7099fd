/**
 * Draws docs/dashboard.svg from what the executable prints in a terminal:
 *
 *   deno run -A tests/support/picture.ts
 *
 * The sessions are recorded through the library with a clock that is set back,
 * so that there are ages to see; the rest is `ptrack monitor` as it stands.
 * Needs `script`, of util-linux, for the terminal.
 */
import { verbsOf } from "./sample_sessions.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const COLUMNS = 118;

const base = Deno.makeTempDirSync();
const directory = `${base}/.parallel`;
Deno.mkdirSync(directory);

const at = verbsOf(directory);

async function recordSessions(): Promise<void> {
  await at(31, "adr-01").start("ADR-001: Authentication strategy");
  await at(10, "adr-01").complete({ message: "ADR-001 complete" });
  await at(30, "adr-02").start("ADR-002: Caching");
  await at(12, "adr-02").error("Lint failed, trying again");
  await at(0.4, "adr-02").heartbeat({
    progressPct: 60,
    message: "Drafting options",
  });
  await at(29, "adr-03").start("ADR-003: Database");
  await at(6, "adr-03").heartbeat({ progressPct: 40, message: "Research" });
  await at(5.5, "adr-03").waiting("Which database?");
  await at(28, "adr-04").start("ADR-004: Search");
  await at(20, "adr-04").heartbeat({ progressPct: 30, message: "Research" });
  await at(15, "adr-04").fail("API timeout");
  await at(27, "adr-05").start("ADR-005: Logging");
  await at(7, "adr-05").heartbeat({ progressPct: 55, message: "Drafting" });
}

/** What the executable prints in a terminal of that width. */
function printInTerminal(): string {
  const command = `stty cols ${COLUMNS} rows 40; ` +
    `'${ROOT}bin/ptrack' monitor -w adrs`;
  const { stdout } = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    env: { PTRACK_DIR: directory, TERM: "xterm-256color", NO_COLOR: "" },
    stdin: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout).replaceAll("\r", "");
}

const CHARACTER = 8.4;
const LINE = 20;
const MARGIN = 16;
const COLORS: Record<string, string> = {
  "": 'fill="#d4d8de"',
  "1": 'fill="#ffffff" font-weight="bold"',
  "2": 'fill="#8b939e"',
  "31": 'fill="#ff7b72"',
  "32": 'fill="#6fd08c"',
  "33": 'fill="#e3b341"',
  "35": 'fill="#d2a8ff"',
  "36": 'fill="#56c4dd"',
};

const escapeXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Text in one style: the code that turns it on, and the text. */
// deno-lint-ignore no-control-regex
const STYLED = /(?:\x1b\[(\d+)m)?([^\x1b]*)(?:\x1b\[0m)?/g;

/** A line's parts, each where it stands on the grid. */
function drawLine(line: string, y: number): string {
  let column = 0;
  let drawn = "";
  for (const [, code = "", text = ""] of line.matchAll(STYLED)) {
    if (text.trim() !== "") {
      const indent = text.length - text.trimStart().length;
      const x = MARGIN + (column + indent) * CHARACTER;
      const shown = text.trim();
      drawn += `<text x="${x.toFixed(1)}" y="${y}" ${COLORS[code]} ` +
        `textLength="${(shown.length * CHARACTER).toFixed(1)}">${
          escapeXml(shown)
        }</text>\n`;
    }
    column += text.length;
  }
  return drawn;
}

function draw(lines: string[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.map((line, index) =>
    drawLine(line, MARGIN + index * LINE + 15)
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" ` +
    `height="${height}" viewBox="0 0 ${width} ${height}" role="img" ` +
    `aria-label="The dashboard of ptrack monitor">\n` +
    `<rect width="100%" height="100%" rx="8" fill="#14181d"/>\n` +
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, ` +
    `'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">\n` +
    `${rows.join("")}</g>\n</svg>\n`;
}

await recordSessions();
const lines = ["$ ptrack monitor -w adrs", ...printInTerminal().split("\n")]
  .filter((line) => line !== "");
Deno.removeSync(base, { recursive: true });
Deno.writeTextFileSync(`${ROOT}docs/dashboard.svg`, draw(lines));
console.log(lines.join("\n"));

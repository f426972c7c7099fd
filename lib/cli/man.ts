/**
 * The manual page, from the definitions of the commands, in man(7) macros. A
 * version has the same page whenever and wherever it is printed.
 */
import { isGroup } from "./command_line.ts";
import type { Command, CommandGroup } from "./command.ts";
import { wrap } from "./columns.ts";
import {
  ENVIRONMENT,
  everyCommand,
  optionRows,
  partsOf,
  PURPOSE,
  type Rows,
  usage,
} from "./help.ts";
import { SHARED } from "./options.ts";
import { RELEASED, VERSION } from "./version.ts";

const FILES: Rows = [
  [
    ".parallel",
    "All state: in the main checkout of a git repository, elsewhere in the " +
    "nearest directory above, or here",
  ],
  [
    ".parallel/WORKSPACE/SESSION/log.jsonl",
    "The events of a session, one a line",
  ],
  [
    ".parallel/WORKSPACE/SESSION/status.json",
    "The state of a session, made from its events",
  ],
  [
    ".parallel/WORKSPACE/SESSION/COMPLETED, FAILED",
    "Markers of its end, for programs that look only at file names",
  ],
];

const DESCRIPTION = [
  PURPOSE,
  "Each session reports its progress with small commands, which write files " +
  "in .parallel; a monitor reads them. There is no daemon, no database and no " +
  "network.",
  "The word track may stand before a tracking command, and the word monitor " +
  "may be left out before its commands. An option that takes a value takes " +
  "the next argument whatever it looks like. Durations are like 90s, 5m, 2h " +
  "or 1h30m.",
];

/** The page as roff, for `man -l` or as ptrack.1. */
export async function renderManual(root: CommandGroup): Promise<string> {
  const commands = await everyCommand(root);
  const parts = await Promise.all(commands.map(commandPart));
  const title = ["PTRACK", "1", RELEASED, `ptrack ${VERSION}`, "User Commands"];
  return [
    `.TH ${title.map((part) => `"${part}"`).join(" ")}`,
    ".SH NAME",
    "ptrack \\- show what parallel agents and jobs are doing",
    ".SH SYNOPSIS",
    ".B ptrack",
    ".I COMMAND",
    text("[options]"),
    ".SH DESCRIPTION",
    ...DESCRIPTION.flatMap((paragraph) => [".PP", prose(paragraph)]).slice(1),
    ".SH COMMANDS",
    ...parts.flat(),
    ".SH OPTIONS OF EVERY COMMAND",
    ...optionRows(SHARED).flatMap(item),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(item),
    ".SH EXIT STATUS",
    ...exitStatus(commands),
    ".SH FILES",
    ...FILES.flatMap(item),
    ".SH EXAMPLES",
    ...commands.flatMap(({ examples = [] }) => examples)
      .flatMap(([line, what]) => [".TP", text(line), prose(what)]),
  ].join("\n") + "\n";
}

/** Examples and exit codes have sections of their own. */
async function commandPart(
  command: Command | CommandGroup,
): Promise<string[]> {
  const parts = (await partsOf(command)).flatMap((part) => {
    if (part.kind === "text") return [".PP", prose(part.text)];
    const isElsewhere = part.kind === "examples" ||
      part.title === "Exit codes";
    return isElsewhere ? [] : part.rows.flatMap(item);
  });
  return [
    `.SS "${text(usage(command))}"`,
    prose(`${command.summary}.`),
    ...parts,
  ];
}

/** Each code with its meanings, and the commands that have it. */
function exitStatus(commands: readonly (Command | CommandGroup)[]): string[] {
  const codes = new Map<number, Map<string, string[]>>();
  for (const command of commands) {
    if (isGroup(command)) continue;
    for (const [code, meaning] of command.exitCodes) {
      const meanings = codes.get(code) ?? new Map<string, string[]>();
      meanings.set(meaning, [...(meanings.get(meaning) ?? []), command.name]);
      codes.set(code, meanings);
    }
  }
  return [...codes].sort(([a], [b]) => a - b).flatMap(([code, meanings]) => [
    ".TP",
    `\\fB${code}\\fR`,
    ...[...meanings].flatMap(([meaning, names], index) => [
      ...(index === 0 ? [] : [".br"]),
      prose(`${names.join(", ")}: ${meaning}.`),
    ]),
  ]);
}

/** A term in bold, with its explanation indented below. */
function item([term, explained]: Rows[number]): string[] {
  return [".TP", `\\fB${text(term)}\\fR`, prose(`${explained}.`)];
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  // groff has no sign for it where there is only ASCII.
  "…": "...",
};

/** Lines short enough for those who read the source. */
function prose(plain: string): string {
  return wrap(plain, 64).split("\n").map(text).join("\n");
}

/** A line as roff shows it unchanged, whatever it begins with. */
function text(plain: string): string {
  const escaped = plain.replace(
    /[\\'"`^~-]|[^\x20-\x7e]/gu,
    (letter) =>
      ESCAPES[letter] ??
        `\\[u${
          letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")
        }]`,
  );
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}

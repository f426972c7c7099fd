/**
 * The manual page, from the table, in the man(7) macros. The same version has
 * the same page whenever and wherever it is printed.
 */
import type { Command } from "./table_types.ts";
import { wrap } from "./columns.ts";
import { ENVIRONMENT } from "./environment_table.ts";
import { explanation, groups, spelling, usage } from "./help.ts";
import { SHARED } from "./shared_options.ts";
import { COMMANDS } from "../commands/table.ts";
import { RELEASED, VERSION } from "./version.ts";

const FILES: readonly (readonly [string, string])[] = [
  [
    ".parallel",
    "All state. It lies in the main checkout of a git repository, whose " +
    "worktrees share it; elsewhere in the nearest directory upwards, or here",
  ],
  [
    ".parallel/WORKSPACE/SESSION/log.jsonl",
    "The events of a session, appended only: the truth",
  ],
  [
    ".parallel/WORKSPACE/SESSION/status.json",
    "The state that the events make, replaced whole",
  ],
  [
    ".parallel/WORKSPACE/SESSION/COMPLETED, FAILED",
    "Markers, for programs that only look at names",
  ],
];

/** The page as roff, for `man -l` or as ptrack.1. */
export function renderManual(): string {
  const title = ["PTRACK", "1", RELEASED, `ptrack ${VERSION}`, "User Commands"];
  return [
    `.TH ${title.map((part) => `"${part}"`).join(" ")}`,
    ".SH NAME",
    "ptrack \\- show how parallel sessions are doing",
    ".SH SYNOPSIS",
    ".B ptrack",
    ".I COMMAND",
    text("[options]"),
    ".SH DESCRIPTION",
    prose(
      "Each session reports by small commands, which write files below " +
        ".parallel; a monitor reads them. No daemon, no database, no network.",
    ),
    ".PP",
    prose(
      "The word track may stand before a tracking verb. An option that takes " +
        "a value takes the next argument whatever it looks like. Durations " +
        "are like 90s, 5m, 2h or 1h30m.",
    ),
    ".SH COMMANDS",
    ...groups().flatMap(([, commands]) => commands.flatMap(commandPart)),
    ".SH OPTIONS OF EVERY COMMAND",
    ...SHARED.flatMap((option) => item(spelling(option), explanation(option))),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, what]) => item(name, what)),
    ".SH EXIT STATUS",
    ...exitStatus(),
    ".SH FILES",
    ...FILES.flatMap(([name, what]) => item(name, what)),
    ".SH EXAMPLES",
    ...COMMANDS.flatMap(({ examples }) => examples)
      .flatMap(([line, what]) => [".TP", text(line), prose(what)]),
  ].join("\n") + "\n";
}

function commandPart(command: Command): string[] {
  const { name, summary, operands, options, details } = command;
  const views = operands.kind === "view" ? operands.views : [];
  return [
    `.SS "${text(usage(command))}"`,
    prose(`${summary}.`),
    ...(operands.kind === "text"
      ? item(operands.name, `${operands.help}; - reads it from standard input`)
      : []),
    ...views.flatMap((view) => item(`${name} ${view.name}`, view.summary)),
    ...options.flatMap((option) => item(spelling(option), explanation(option))),
    ...details.flatMap((paragraph) => [".PP", prose(paragraph)]),
  ];
}

/** Each code with its meanings, and of which commands they are. */
function exitStatus(): string[] {
  const codes = new Map<number, Map<string, string[]>>();
  for (const { name, exitCodes } of COMMANDS) {
    for (const [code, meaning] of exitCodes) {
      const meanings = codes.get(code) ?? new Map<string, string[]>();
      meanings.set(meaning, [...(meanings.get(meaning) ?? []), name]);
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
function item(term: string, explained: string): string[] {
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

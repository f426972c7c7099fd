/**
 * Help pages, from the definitions of the commands. What a page says is made
 * once, as parts; this file prints them as plain text of at most 80 columns,
 * reference.ts as Markdown and man.ts for man.
 */
import { usageError } from "../errors.ts";
import { commandOf, isGroup, loadCommands } from "./command_line.ts";
import type { Command, CommandGroup, Option } from "./command.ts";
import { columnWidth, list, wrap } from "./columns.ts";
import { SHARED, spellingsOf } from "./options.ts";

/** Terms, each with what it means. */
export type Rows = readonly (readonly [term: string, meaning: string])[];

/** A part of a page: a paragraph, a table, or command lines. */
export type Part =
  | { kind: "text"; text: string }
  | { kind: "table"; title: string; rows: Rows }
  | { kind: "examples"; rows: Rows };

/** What ptrack is, in a sentence. */
export const PURPOSE =
  "See what all your parallel agents and jobs are doing, and which one needs " +
  "you.";

/** The environment variables with what they do, the most used first. */
export const ENVIRONMENT: Rows = [
  ["PTRACK_WORKSPACE", "The workspace, if -w is not given"],
  ["PTRACK_SESSION", "The session, if -s is not given"],
  ["PTRACK_DIR", "The .parallel directory, if --dir is not given"],
  [
    "PTRACK_ATTEMPT",
    "The attempt that this process belongs to: once a later one has begun, " +
    "its calls are refused. It applies only to the session in " +
    "PTRACK_SESSION",
  ],
  [
    "PTRACK_HEARTBEAT_EVERY",
    "Set by run for its command: seconds between heartbeats",
  ],
  ["PTRACK_BATCH", "The batch, if --batch is not given"],
  [
    "PTRACK_OWNER_PID",
    "The owner, if --pid is not given; without it CLAUDE_PID",
  ],
  [
    "PTRACK_BEST_EFFORT",
    "If 1, errors of tracking commands (exit codes 1, 3 and 4) become a " +
    "warning and exit code 0; not those of start or complete --verify",
  ],
  [
    "CLAUDE_CODE_SESSION_ID",
    "Set by Claude Code: a tracking command without a session reports to " +
    "the one of its hooks",
  ],
  ["PTRACK_HOOK_DEBUG", "A file in which ptrack hook logs each call"],
  ["GITHUB_STEP_SUMMARY", "The file to which a github report adds its table"],
  ["PTRACK_DEBUG", "If 1, internal errors print a stack trace"],
  ["NO_COLOR", "No colour, unless --color says otherwise"],
];

/** The page on a command, on a group, or (the root) on all of ptrack. */
export async function renderHelp(
  topic: Command | CommandGroup,
): Promise<string> {
  if (isGroup(topic) && topic.name === "") return await renderOverview(topic);
  const shared = SHARED.filter(({ name }) => name !== "version").map(spelling);
  return page([
    wrap(`ptrack ${topic.name}: ${topic.summary}`),
    `Usage: ${usage(topic)}`,
    ...(await partsOf(topic)).map(plain),
    wrap(`Options of every command: ${shared.join("; ")}`),
  ]);
}

/** Fits on a screen of 24 rows, with the prompt below. */
async function renderOverview(root: CommandGroup): Promise<string> {
  const lines = [PURPOSE, "Usage: ptrack COMMAND [options]", ""];
  for (const [title, words] of root.headings ?? []) {
    const rows = (await loadCommands(root, words)).map((command) => {
      const views = isGroup(command) ? Object.keys(command.commands) : [];
      return [command.name, views.join(", ") || command.summary] as const;
    });
    lines.push(`${title}:`, list(rows, "completions".length));
  }
  lines.push(
    "More: ptrack COMMAND --help, ptrack help environment, ptrack help --man",
  );
  return `${lines.join("\n")}\n`;
}

/** The page on what all commands have in common. */
export function renderEnvironment(): string {
  return page([
    section("Options of every command", optionRows(SHARED)),
    section("Environment", ENVIRONMENT),
  ]);
}

/** The commands that words name, and those below them, as help lists them. */
export async function everyCommand(
  group: CommandGroup,
  words: readonly string[] | undefined = group.headings?.flatMap(([, words]) =>
    words
  ),
): Promise<(Command | CommandGroup)[]> {
  const all = [];
  for (const command of await loadCommands(group, words)) {
    all.push(command);
    if (isGroup(command)) all.push(...await everyCommand(command));
  }
  return all;
}

/** The command that words such as `monitor wait` name. */
export async function topicOf(
  root: CommandGroup,
  words: readonly string[],
): Promise<Command | CommandGroup> {
  let topic: Command | CommandGroup = root;
  for (const word of words) {
    if (!isGroup(topic)) throw usageError("help", "it takes one command");
    topic = await commandOf(topic, word);
  }
  return topic;
}

/** What the page of a command says, in order. */
export async function partsOf(
  topic: Command | CommandGroup,
): Promise<Part[]> {
  const { details = [], examples = [] } = topic;
  const table = (title: string, rows: Rows): Part => (
    { kind: "table", title, rows }
  );
  const middle: Part[] = [
    ...details.map((text): Part => ({ kind: "text", text })),
    { kind: "examples", rows: examples },
  ];
  if (isGroup(topic)) {
    const title = topic.noun === "view" ? "Views" : "Commands";
    return [table(title, summaries(await loadCommands(topic))), ...middle];
  }
  return [
    table("Operand", operandRows(topic)),
    table("Options", optionRows(topic.options)),
    ...middle,
    table(
      "Exit codes",
      topic.exitCodes.map(([code, meaning]) => [String(code), meaning]),
    ),
  ];
}

function operandRows({ operands }: Command): Rows {
  if (operands?.kind !== "text" && operands?.kind !== "word") return [];
  return [[operands.name, operands.help]];
}

/** How a command is called, such as `ptrack fail TEXT [options]`. */
export function usage(command: Command | CommandGroup): string {
  const { name } = command;
  if (isGroup(command)) {
    const noun = command.noun.toUpperCase();
    return command.defaultCommand === undefined
      ? `ptrack ${name} ${noun} [options]`
      : `ptrack ${name} [${noun}] [options]`;
  }
  const { operands } = command;
  if (operands?.kind === "program") {
    return `ptrack ${name} [options] [--] COMMAND [ARG…]`;
  }
  const operand = operands === undefined
    ? ""
    : operands.kind === "command"
    ? "[COMMAND]"
    : operands.required
    ? operands.name
    : `[${operands.name}]`;
  return ["ptrack", name, operand, "[options]"].filter(Boolean).join(" ");
}

/** How an option is written, such as `-m, --message TEXT`. */
export function spelling(option: Option): string {
  const names = spellingsOf(option).join(", ");
  return option.value === undefined ? names : `${names} ${option.value}`;
}

/** Options with what they do and what stands in for them. */
export function optionRows(options: readonly Option[]): Rows {
  return options.map((option) => {
    const { help, repeatable, env } = option;
    const notes = [
      repeatable ? "repeatable" : "",
      env === undefined ? "" : `env ${env}`,
    ].filter(Boolean);
    return [
      spelling(option),
      notes.length === 0 ? help : `${help} [${notes.join("; ")}]`,
    ];
  });
}

function summaries(commands: readonly (Command | CommandGroup)[]): Rows {
  return commands.map(({ name, summary }) => [
    name.slice(name.indexOf(" ") + 1),
    summary,
  ]);
}

function plain(part: Part): string {
  if (part.kind === "text") return wrap(part.text);
  if (part.kind === "examples") return examples(part.rows);
  return section(part.title, part.rows);
}

/** Options without a short name are indented, so that long names line up. */
function section(heading: string, rows: Rows): string {
  if (rows.length === 0) return "";
  const aligned = rows.map(([term, meaning]) =>
    [term.startsWith("--") ? `    ${term}` : term, meaning] as const
  );
  return `${heading}:\n${list(aligned, columnWidth(aligned))}`;
}

/** Command lines are long: unless all are short, what they do is below. */
function examples(rows: Rows): string {
  const width = columnWidth(rows);
  const isShort = rows.every(([line]) => line.length <= width);
  return rows.length === 0
    ? ""
    : `Examples:\n${list(rows, isShort ? width : 2)}`;
}

function page(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/**
 * `ptrack __complete`: what a shell may offer at the cursor, for the scripts of
 * `ptrack completions`. Its operands are the shell and the words after `ptrack`,
 * the last of which is still being typed. The first line of the answer says what
 * to offer, and what the word at the cursor keeps before it; then comes a
 * candidate a line. If anything is wrong, the answer is empty.
 */
import type { Line } from "../cli/command_line.ts";
import type { Command } from "../cli/command.ts";
import {
  type Candidate,
  complete,
  type Completion,
} from "../cli/completion.ts";
import { DIRECTORY, variable, WORKSPACE } from "../cli/options.ts";
import type { Platform } from "../platform/platform.ts";
import { isName } from "../session/names.ts";
import { openStore } from "../store/open.ts";

export const command: Command = {
  name: "__complete",
  summary: "Print what a shell may offer",
  operands: { kind: "program" },
  options: [],
  exitCodes: [[0, "always"]],
  usageExitCode: 0,
  async run(platform, { operands: [shell = "", ...args] }, root) {
    try {
      const typed = READERS[shell]?.(args) ?? readPlain(args);
      const completion = await complete(
        root,
        typed.words,
        (kind, line) => namesOf(platform, kind, line),
      );
      platform.stdout.write(answer(shell, completion, typed));
    } catch {
      // There is nothing to offer, and a message would disturb the typing.
    }
    return 0;
  },
};

/** The words after `ptrack`, as a shell has them. */
interface Typed {
  /** Without quotes; the last one is being typed. */
  words: string[];
  /** The index of each word among the words of the shell. */
  indexes: number[];
  /** What the shell takes for the beginning of the last word, and keeps. */
  kept: string;
}

const READERS: Record<string, (args: string[]) => Typed> = {
  bash: readBroken,
  zsh: (args) => readPlain(args.map(unquote)),
  // An empty argument would get lost there: a sign stands before the last one.
  powershell: (args) =>
    readPlain(
      args.map((arg, index) => index === args.length - 1 ? arg.slice(1) : arg),
    ),
  nushell: ([text = ""]) => readPlain(splitLine(text).slice(1)),
};

function readPlain(words: string[]): Typed {
  return { words, indexes: [...words.keys()], kept: "" };
}

/** bash breaks words at `=` and `:`, and completes only the last piece. */
function readBroken(pieces: string[]): Typed {
  const words: string[] = [];
  const indexes: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    const isJoined = index > 0 &&
      (/^[=:]+$/.test(piece) || /^[=:]+$/.test(pieces[index - 1]!));
    if (isJoined) words[words.length - 1] += unquote(piece);
    else indexes[words.push(unquote(piece)) - 1] = index;
  }
  const piece = pieces.at(-1) ?? "";
  const last = /^[=:]+$/.test(piece) ? "" : unquote(piece);
  const word = words.at(-1) ?? "";
  return { words, indexes, kept: word.slice(0, word.length - last.length) };
}

/** The words of a line, without quotes; the last one may be empty. */
function splitLine(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"[^"]*"?|'[^']*'?)+/g) ?? [];
  return [...words.map(unquote), ...(/\s$/.test(text) ? [""] : [])];
}

function unquote(word: string): string {
  return word.replace(/\\(.)|["']/g, "$1");
}

/** Names that keep to the rule; without a workspace sessions of all of them. */
async function namesOf(
  platform: Platform,
  kind: "workspaces" | "sessions",
  { options }: Line,
): Promise<Candidate[]> {
  const given = ({ name, env = "" }: { name: string; env?: string }) =>
    options.findLast(({ option }) => option.name === name)?.value ??
      variable(platform, env);
  const home = platform.env("HOME") ?? "~";
  const directory = given(DIRECTORY)?.replace(/^~(?=\/)/, () => home) ?? null;
  const store = openStore(platform, directory);
  const workspace = given(WORKSPACE);
  if (kind === "sessions" && workspace !== null) {
    return isName(workspace) ? named(await store.sessionIds(workspace)) : [];
  }
  const workspaces = await store.workspaces();
  if (kind === "workspaces") return named(workspaces);
  const sessions = await Promise.all(
    workspaces.map((workspace) => store.sessionIds(workspace)),
  );
  return named(sessions.flat());
}

function named(names: readonly string[]): Candidate[] {
  return [...new Set(names)].filter(isName).sort().map((name) => [name, ""]);
}

/** The answer; shells that do not choose among candidates get only the fitting. */
function answer(
  shell: string,
  completion: Completion,
  { words, indexes, kept }: Typed,
): string {
  const current = words.at(-1) ?? "";
  if (completion.kind === "program") {
    const { index } = completion;
    return index < words.length - 1
      ? `program ${indexes[index]}\n`
      : "commands\n";
  }
  const { kind, prefix } = completion;
  const rest = prefix.slice(kept.length);
  if (kind !== "words") return `${kind} ${rest}\n`;
  const fitting = ["bash", "powershell"].includes(shell)
    ? completion.candidates.filter(([word]) =>
      (prefix + word).startsWith(current)
    )
    : completion.candidates;
  const lines = fitting.map(([word, help]) => {
    const whole = rest + word;
    if (shell === "bash") return whole;
    if (shell !== "zsh") return `${whole}\t${help}`;
    // The script for zsh knows by the colon which words have a description.
    return help === "" ? whole : `${whole.replaceAll(":", "\\:")}:${help}`;
  });
  return [kind, ...lines].map((line) => `${line}\n`).join("");
}

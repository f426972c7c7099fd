/**
 * `ptrack completions`: the script by which a shell completes command lines of
 * ptrack. Each asks `ptrack __complete` what to offer. nushell also has to be
 * told all commands and options before.
 */
import { valueError } from "../errors.ts";
import { isGroup, optionsOf } from "../cli/command_line.ts";
import type { Command, CommandGroup, Option } from "../cli/command.ts";
import { SESSION, SHARED } from "../cli/options.ts";
import bash from "./shell/completion.bash" with { type: "text" };
import fish from "./shell/completion.fish" with { type: "text" };
import powershell from "./shell/completion.ps1" with { type: "text" };
import zsh from "./shell/completion.zsh" with { type: "text" };

const SCRIPTS: Record<string, string> = { bash, zsh, fish, powershell };
const SHELLS = [...Object.keys(SCRIPTS), "nushell"];

export const command: Command = {
  name: "completions",
  summary: "Print the completion script of a shell",
  operands: {
    kind: "word",
    name: "SHELL",
    required: true,
    help: "bash, zsh, fish, powershell or nushell",
    choices: SHELLS,
  },
  options: [],
  details: [
    "The script completes commands, options and their values, files, and the " +
    "names of workspaces and sessions.",
  ],
  examples: [
    ['eval "$(ptrack completions bash)"', "in ~/.bashrc"],
    ["source <(ptrack completions zsh)", "in ~/.zshrc, after compinit"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "there is no script for this shell"],
  ],
  async run(platform, { operands: [shell = ""] }, root) {
    if (!SHELLS.includes(shell)) {
      throw valueError(
        shell,
        "a shell",
        `there are completions for ${SHELLS.join(", ")}`,
      );
    }
    platform.stdout.write(SCRIPTS[shell] ?? await nushellScript(root));
    return 0;
  },
};

/** Null makes nushell offer files. */
const NUSHELL = `def "nu-complete ptrack" [line: string] {
  let answer = (do { ^ptrack __complete nushell $line } | complete | get stdout | lines)
  if ($answer | get 0? | default "") == "words" {
    $answer | skip 1 | split column "\\t" value description
  }
}
`;

/** nushell completes an option only if its command declares it. */
async function nushellScript(root: CommandGroup): Promise<string> {
  const externs = new Map([["ptrack", [SESSION, ...SHARED]]]);
  await addExterns(externs, "ptrack", root);
  return [NUSHELL, ...[...externs].map(extern)].join("\n");
}

async function addExterns(
  externs: Map<string, readonly Option[]>,
  before: string,
  { commands, shortFor }: CommandGroup,
): Promise<void> {
  for (const [word, load] of Object.entries(commands)) {
    if (word.startsWith("_")) continue;
    const { command } = await load();
    externs.set(`${before} ${word}`, await optionsOf(command));
    if (!isGroup(command)) continue;
    await addExterns(externs, `${before} ${word}`, command);
    if (word === shortFor) await addExterns(externs, before, command);
  }
}

function extern([name, options]: readonly [string, readonly Option[]]): string {
  const flags = new Map(options.flatMap(flagsOf));
  return [
    `export extern "${name}" [`,
    '  ...words: string@"nu-complete ptrack"',
    ...flags.values(),
    "]",
    "",
  ].join("\n");
}

/** A line for each long name; the first one has the short name, too. */
function flagsOf({ name, short, value, aliases = [], help }: Option) {
  const type = value === undefined
    ? ""
    : value === "FILE"
    ? ": path"
    : value === "PATH"
    ? ": directory"
    : ': string@"nu-complete ptrack"';
  return [name, ...aliases].map((long): [string, string] => {
    const letter = long === name && short !== undefined ? `(-${short})` : "";
    return [long, `  --${long}${letter}${type}  # ${help}`];
  });
}

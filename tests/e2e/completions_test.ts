/** The completions, asked by the shells themselves: what Tab would offer. */
import { assert, assertEquals } from "@std/assert";
import { Place, placeTest } from "../support/program.ts";
import type { Need } from "../support/needs.ts";

const BASH_COMPLETION = "/usr/share/bash-completion/bash_completion";

/** What bash does at Tab: words are broken at blanks and at "=". */
const BASH = `
complete_line() {
  COMP_WORDS=(); local word
  for word in "$@"; do COMP_WORDS+=("$word"); done
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMP_LINE="$*" COMP_POINT=\${#COMP_LINE}
  _ptrack ptrack "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
  printf '%s\\n' "\${COMPREPLY[@]}"
}
eval "$(ptrack completions bash)"
complete_line `;

/**
 * zsh completes only in its line editor, so it gets a terminal and a Tab. What is
 * offered is caught on its way to the list; the file "screen" keeps what the
 * terminal shows.
 */
const ZSH = `
zmodload zsh/zpty
cat > rc <<'END'
autoload -Uz compinit; compinit -u -D
source <(ptrack completions zsh)
compadd() {
  if [[ \${@[(r)-(O|A|D)*]} == '' ]]; then
    local -a offered
    builtin compadd -O offered "$@"
    print -rl -- "\${offered[@]}" >> offered
  fi
  builtin compadd "$@"
}
complete_once() { zle complete-word; zle -R; print -r -- done > finished }
zle -N complete_once
bindkey '^I' complete_once
LISTMAX=10000 COLUMNS=200
print re""ady
END
zpty z zsh -f -i
zpty -w z 'source ./rc'
zpty -r -m z answer '*ready*'
zpty -w -n z "$1"$'\\t'
until [[ -e finished ]]; do
  zpty -r -t z answer && print -rn -- "$answer" >> screen
  sleep 0.01
done
while zpty -r -t z answer; do print -rn -- "$answer" >> screen; done
[[ -e offered ]] && cat offered
zpty -d z
`;

interface Shell {
  name: string;
  need: Need[];
  complete(place: Place, line: string): Promise<string[]>;
}

async function bash(place: Place, line: string, before: string) {
  const words = line.split(/ |(=)/).filter((word) => word !== undefined)
    .map((word) => `'${word}'`).join(" ");
  const { code, stdout, stderr } = await place.shell(
    `${before}\n${BASH} ${words}`,
  );
  assertEquals([code, stderr], [0, ""]);
  return stdout.split("\n");
}

/** What fish lists: a word a line, with its description after a tab. */
async function fishRows(place: Place, line: string): Promise<string[]> {
  Deno.writeTextFileSync(
    place.at("script"),
    "ptrack completions fish | source\ncomplete -C $argv[1]\n",
  );
  const result = await place.shell(`HOME=$PWD fish script '${line}'`);
  assertEquals([result.code, result.stderr], [0, ""]);
  return result.stdout.split("\n");
}

const SHELLS: Shell[] = [
  {
    name: "bash",
    need: [],
    complete: (place, line) => bash(place, line, ""),
  },
  {
    name: "bash with bash-completion",
    need: ["bash-completion"],
    complete: (place, line) => bash(place, line, `. ${BASH_COMPLETION}`),
  },
  {
    name: "fish",
    need: ["fish"],
    complete: async (place, line) =>
      (await fishRows(place, line)).map((row) => row.split("\t")[0]!),
  },
  {
    name: "zsh",
    need: ["zsh", "pty"],
    async complete(place, line) {
      Deno.writeTextFileSync(place.at("script"), ZSH);
      const { stdout, stderr } = await place.shell(`zsh -f script '${line}'`);
      assertEquals(stderr, "");
      return stdout.split("\n").map((row) => row.trim());
    },
  },
  {
    name: "nushell",
    need: ["nu"],
    async complete(place, line) {
      const script = `use ptrack-completions.nu *\n${line}`;
      Deno.writeTextFileSync(place.at("script.nu"), script);
      const { code, stdout } = await place.shell(
        `ptrack completions nushell > ptrack-completions.nu
         HOME=$PWD nu --no-config-file --ide-complete ${script.length} script.nu`,
      );
      assertEquals(code, 0);
      return JSON.parse(stdout).completions;
    },
  },
];

/** A line with the cursor at its end, what is offered there, and what is not. */
const LINES: [line: string, offered: string[], not: string[]][] = [
  ["ptrack ", ["heartbeat", "monitor", "completions", "track"], ["status"]],
  ["ptrack he", ["heartbeat", "help"], ["monitor"]],
  ["ptrack track ", ["start", "fail"], ["monitor"]],
  ["ptrack monitor ", ["status", "wait", "follow"], ["heartbeat"]],
  ["ptrack monitor wait --", ["--expect", "--timeout"], ["--follow"]],
  ["ptrack monitor log --", ["--tail", "--workspace"], ["--expect"]],
  ["ptrack monitor report --format ", ["junit", "openmetrics"], ["status"]],
  ["ptrack heartbeat --", ["--pct", "--progress", "--dir"], ["--export"]],
  ["ptrack -w ", ["adrs", "docs"], ["bad name"]],
  ["ptrack monitor -w ", ["adrs", "docs"], ["status", "bad name"]],
  ["ptrack heartbeat -w adrs -s ", ["adr-01", "adr-02"], ["guide", "$(id)"]],
  ["ptrack -w docs heartbeat -s ", ["guide"], ["adr-01"]],
  ["ptrack track fail -w adrs -s ", ["adr-02"], ["guide"]],
  ["ptrack monitor wait --workspace docs --session ", ["guide"], ["adr-01"]],
  ["ptrack monitor -s ", ["adr-01", "guide"], ["$(id)", "adrs"]],
  ["ptrack completions ", ["bash", "nushell"], ["sessions"]],
  ["ptrack shell-init ", ["bash", "zsh"], ["fish"]],
  ["ptrack help ", ["clean", "track"], ["status"]],
  ["ptrack complete --output ma", ["made.txt"], ["adrs"]],
  ["ptrack run --output ma", ["made.txt"], ["make"]],
  ["ptrack start --color ", ["always", "never"], ["adrs"]],
  ["ptrack monitor wait --report ", ["junit", "markdown"], ["adrs"]],
  ["ptrack run -- ls ma", ["made.txt"], ["make"]],
  ["ptrack run -w adrs -- pri", ["printf"], ["adrs"]],
  ["ptrack run -w adrs --cap", ["--capture"], ["adrs"]],
  ["ptrack heartbeat -m ma", [], ["made.txt"]],
];

async function prepare(place: Place) {
  for (
    const [workspace, session] of [
      ["adrs", "adr-01"],
      ["adrs", "adr-02"],
      ["docs", "guide"],
    ]
  ) await place.ok("start", "-w", workspace!, "-s", session!);
  for (const hostile of ["bad name", "$(id)", "-x", "a\nb", "\x1b[31m"]) {
    Deno.mkdirSync(place.at(`.parallel/${hostile}`));
    Deno.mkdirSync(place.at(`.parallel/adrs/${hostile}`));
  }
  Deno.writeTextFileSync(place.at("made.txt"), "");
}

/** nushell has the same options for all views, and files for every text. */
const NOT_IN_NUSHELL = [
  "ptrack monitor wait --",
  "ptrack monitor log --",
  "ptrack run -w adrs -- pri",
  "ptrack heartbeat -m ma",
];

for (const { name, need, complete } of SHELLS) {
  for (const [line, offered, not] of LINES) {
    if (name === "nushell" && NOT_IN_NUSHELL.includes(line)) continue;
    placeTest(`${name} completes "${line}"`, need, async (place) => {
      await prepare(place);
      const words = (await complete(place, line)).map((word) =>
        word.trim().replace(/=$/, "")
      );
      for (const word of offered) {
        assert(words.includes(word), `${word} is not in ${words.join(" ")}`);
      }
      for (const word of not) {
        assert(!words.includes(word), `${word} is in ${words.join(" ")}`);
      }
    });
  }
}

Deno.test("bash completes a value after =, whether = breaks words or not", async () => {
  await using place = new Place();
  await prepare(place);
  const [broken] = SHELLS;
  assertEquals(
    await broken!.complete(place, "ptrack monitor --workspace=ad"),
    ["adrs", ""],
  );
  assertEquals(
    await broken!.complete(place, "ptrack monitor wait --report junit=ma"),
    ["made.txt", ""],
  );
  const { stdout } = await place.shell(
    `${BASH} ptrack --workspace=adrs fail --session=adr-01`,
  );
  assertEquals(stdout, "--session=adr-01\n");
});

placeTest(
  "fish completes the file of a report, after any format",
  ["fish"],
  async (place) => {
    await prepare(place);
    const fish = SHELLS.find(({ name }) => name === "fish")!;
    for (const before of ["--report junit=", "--report=html="]) {
      const line = `ptrack monitor wait ${before}ma`;
      const offered = await fish.complete(place, line);
      const file = `${before.replace("--report ", "")}made.txt`;
      assertEquals(offered, [file, ""], line);
    }
  },
);

/** Choices and names have no help of their own, so there is nothing but them. */
const PLAIN_LISTS: [line: string, listed: string[]][] = [
  ["ptrack heartbeat -w adrs -s adr-0", ["adr-01", "adr-02"]],
  [
    "ptrack monitor report --format ",
    ["github", "html", "json", "junit", "markdown", "openmetrics", "text"],
  ],
  ["ptrack init --scope ", ["local", "project", "user"]],
  [
    "ptrack completions ",
    ["bash", "fish", "nushell", "powershell", "zsh"],
  ],
];

for (const [line, listed] of PLAIN_LISTS) {
  placeTest(
    `zsh lists plain names in order after "${line}"`,
    ["zsh", "pty"],
    async (place) => {
      await prepare(place);
      const zsh = SHELLS.find(({ name }) => name === "zsh")!;
      await zsh.complete(place, line);
      const screen = Deno.readTextFileSync(place.at("screen"))
        // deno-lint-ignore no-control-regex
        .replace(/\x1b\[[\d;?]*[A-Za-z]/g, "");
      const [, ...list] = screen.slice(screen.indexOf(line)).split(/\r*\n/);
      assertEquals(list[0]?.trim().split(/\s+/), listed, screen);
    },
  );

  placeTest(
    `fish lists plain names in order after "${line}"`,
    ["fish"],
    async (place) => {
      await prepare(place);
      assertEquals(await fishRows(place, line), [...listed, ""]);
    },
  );
}

Deno.test("bash offers a file of which the name is a pattern, and not what it matches", async () => {
  await using place = new Place();
  for (const name of ["star*.txt", "star1.txt"]) {
    Deno.writeTextFileSync(place.at(name), "");
  }
  const offered = await bash(place, "ptrack fail --output star", "");
  assertEquals(offered.sort(), ["", "star*.txt", "star1.txt"]);
});

Deno.test("names: only those that keep to the rule, one a line", async () => {
  await using place = new Place();
  await prepare(place);
  const names = async (...args: string[]) => {
    const { stdout } = await place.run("__complete", "bash", ...args, "");
    return stdout;
  };
  assertEquals(await names("fail", "-w"), "words\nadrs\ndocs\n");
  assertEquals(await names("fail", "-s"), "words\nadr-01\nadr-02\nguide\n");
  assertEquals(await names("fail", "-w", "docs", "-s"), "words\nguide\n");
  const { stdout } = await place.shell(
    "PTRACK_WORKSPACE=docs ptrack __complete bash fail -s ''",
  );
  assertEquals(stdout, "words\nguide\n");
});

Deno.test("names: whatever is wrong, there are none, and no complaint", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(place.at("file"), "");
  for (
    const args of [
      ["-w", "../..", "-s"],
      ["-w", "none", "-s"],
      ["-w", "", "-s"],
      ["--dir", "file", "-w"],
      ["--dir", "", "-w"],
      ["--dir", "/nowhere/at/all", "-s"],
      ["--nonsense", "-s"],
    ]
  ) {
    const { code, stdout, stderr } = await place.run(
      "__complete",
      "bash",
      "fail",
      ...args,
      "",
    );
    const isSilent = stdout === "" || stdout === "words\n";
    assertEquals([code, isSilent, stderr], [0, true, ""], args.join(" "));
  }
});

Deno.test("a shell without completions is told which have some", async () => {
  await using place = new Place();
  const { code, stdout, stderr } = await place.run("completions", "tcsh");
  assertEquals([code, stdout], [2, ""]);
  assertEquals(
    stderr,
    'error: Cannot use "tcsh" as a shell: there are completions for ' +
      "bash, zsh, fish, powershell, nushell\n",
  );
});

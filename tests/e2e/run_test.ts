/**
 * `run` changes nothing: each script is run with the bare command and under
 * `run`, and exit codes, standard output and standard error are the same.
 * Here: exit codes, arguments, environment, and what cannot be started.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import {
  CAPTURED,
  compare,
  HAMPERED,
  PLAIN,
  pythonPath,
  scriptFor,
  type Way,
  WAYS,
} from "../support/comparison.ts";
import { ENGINE, IS_SOAK, Place, placeTest } from "../support/program.ts";
import { type Need, needs } from "../support/needs.ts";

/** Exit codes that mean something to shells: a soak tries all. */
const TELLING = [0, 1, 2, 3, 64, 99, 124, 125, 126, 127, 128, 130, 137, 255];

placeTest("exit codes are the command's", ["linux"], async (place) => {
  const all = Array.from({ length: 256 }, (_, code) => code);
  const codes = IS_SOAK ? all : TELLING;
  const { stdout } = await compare(
    place,
    `printf '%s\\n' ${codes.join(" ")} | xargs -P 4 -I{} bash -c \\
      'RUN sh -c "exit {}"; echo {} $?' | sort -n`,
  );
  assertEquals(stdout, codes.map((code) => `${code} ${code}\n`).join(""));
});

/**
 * 17, 18, 23 and 28 do nothing, 19 to 22 stop. 32 and 33 are the C library's, and
 * of those above only the executable is told.
 */
const FATAL = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
  .concat([24, 25, 26, 27, 29, 30, 31])
  .concat(ENGINE === "executable" ? [34, 35, 40, 50, 63, 64] : []);

/** A variable that is not UTF-8, which only the executable passes on. */
const BYTES = ENGINE === "executable" ? "$'bytes=\\xff\\xfe\\x80'" : "";

for (const way of [PLAIN, CAPTURED]) {
  placeTest(`a command killed by signal n gives 128 + n (${way.name})`, [
    "linux",
  ], async (place) => {
    // The shell itself tells of each on standard error, bare only.
    const { stdout } = await compare(
      place,
      `ulimit -c 0
      for n in ${FATAL.join(" ")}; do
        { RUN dash -c 'kill -'$n' $$; exit 99'; } 2>/dev/null
        echo $n $?
      done`,
      { way },
    );
    assertEquals(stdout, FATAL.map((n) => `${n} ${128 + n}\n`).join(""));
  });
}

/** Node and Deno cannot die of those. */
const DEADLY = ENGINE === "executable" ? FATAL : [1, 2, 9, 12, 14, 15];

for (const way of [PLAIN, CAPTURED]) {
  placeTest(
    `run dies of the signal that has killed its command (${way.name})`,
    [
      "linux",
      "python3",
    ],
    async (place) => {
      const { stdout } = await compare(
        place,
        `${pythonPath()} -c 'import subprocess, sys
for n in sys.argv[2:]:
    kill = ["dash", "-c", "kill -%s $$; exit 99" % n]
    print(n, subprocess.run([*sys.argv[1].split(), *kill]).returncode)
' 'RUN' ${DEADLY.join(" ")}`,
        { way },
      );
      assertEquals(stdout, DEADLY.map((n) => `${n} -${n}\n`).join(""));
    },
  );
}

placeTest(
  "what runs many commands stops at one that is killed, as without run",
  [
    "linux",
  ],
  async (place) => {
    const killed =
      `RUN dash -c 'echo $0; test $0 = 2 && kill -KILL $$; exit 0'`;
    const { code, stdout } = await compare(
      place,
      `seq 4 | xargs -n1 ${killed} 2>/dev/null`,
    );
    assertEquals([code, stdout], [125, "1\n2\n"]);
  },
);

/**
 * Of a mask of signals, 1 to 31: the others are not the shell's to ignore.
 * Whether PIPE and XFSZ were ignored cannot be known below a runtime.
 */
const STANDARD = `while read name mask; do
  printf '%s %x\\n' $name $((0x$mask & 0x7effefff)); done`;

/** Variables one a line, in order, without those that differ by right. */
const VARIABLES = `LC_ALL=C grep -azv -e ^PTRACK_ -e ^_= | LC_ALL=C sort -z |
  tr '\\n\\0' '~\\n' | cat -v`;

/** A name, and a script in which RUN stands before commands. */
const SAME: [what: string, script: string, ways?: readonly Way[]][] = [
  [
    "arguments",
    `RUN printf '[%s]\\n' '' ' ' 'a  b' $'x\\ny\\tz' "'" '"' '$HOME' '*' '\\' \\
      -- -s --help '--timeout=1' 'a=b' 'ü€😀' $'\\e[31m'`,
  ],
  ["many arguments", "RUN sh -c 'echo $#' sh $(seq 1 20000)"],
  ["a long argument", "RUN sh -c 'echo ${#1}' sh \"$(printf %0100000d 7)\""],
  [
    "the environment",
    `env 'dotted.name=1' 'BASH_FUNC_f%%=() { echo f; }' 'empty=' 'lines=a
b' '1digit=x' ${BYTES} 'utf8=ü😀' $'replaced=\\xef\\xbf\\xbd' \\
      'equals=a=b=c' 'quotes="'"'" 'a-b=c' \\
      RUN env -0 | ${VARIABLES}`,
  ],
  [
    "an environment with odd names only",
    `env 'dotted.name=1' 'a-b=c' 'BASH_FUNC_f%%=() { echo f; }' \\
      RUN env -0 | ${VARIABLES}`,
  ],
  [
    "a scant environment",
    `env -i PATH="$PATH" HOME="$HOME" DENO_DIR="$DENO_DIR" \\
      RUN env -0 | ${VARIABLES}`,
  ],
  [
    "the directory, its name, and the way there",
    `mkdir -p 'a b/ü'; ln -sfn 'a b/ü' link
    cd 'a b/ü'; RUN pwd; cd ../../link; RUN sh -c 'pwd; echo $PWD $OLDPWD'`,
  ],
  ["the umask", "umask 027; RUN sh -c 'umask; echo > made; stat -c %a made'"],
  ["limits", "RUN bash -c 'ulimit -a; ulimit -aH'"],
  ["a lower limit on descriptors", "ulimit -Sn 100; RUN sh -c 'ulimit -Sn'"],
  [
    "a hard limit below a descriptor that is open",
    "exec 99</dev/null; ulimit -n 32; RUN sh -c 'ulimit -n; ulimit -Hn'",
  ],
  ["its nice value", "nice -n 5 RUN nice"],
  [
    "signals that are ignored or blocked",
    `trap "" HUP INT QUIT TERM USR1 ALRM
    RUN grep -E 'Sig(Blk|Ign)' /proc/self/status | ${STANDARD}`,
  ],
  [
    "the default of signals",
    `RUN grep -E 'Sig(Blk|Ign)' /proc/self/status | ${STANDARD}`,
  ],
  [
    "what a shell ignores in the background",
    `{ RUN grep SigIgn /proc/self/status | ${STANDARD}; } & wait $!`,
  ],
  [
    "nohup",
    `nohup RUN grep SigIgn /proc/self/status 2>/dev/null | ${STANDARD}`,
  ],
  [
    "a program later in PATH than a file that cannot be executed",
    `mkdir -p first; touch first/sort; PATH="first:$PATH"
    echo x | RUN sort`,
  ],
  ["a relative program", "mkdir -p d; cp /bin/true d/t; RUN d/t; RUN ./d/t"],
  [
    "a program whose name is odd",
    `mkdir -p odd; for name in -x a=b 'c d' ü; do
      printf '#!/bin/sh\\necho "$0" "$@"\\n' > "odd/$name"; chmod +x odd/*
      PATH="$PWD/odd:$PATH" RUN "$name" 1
    done`,
  ],
  [
    "a script without #!",
    `echo 'echo "$1-$#"; exit 9' > script; chmod +x script
    RUN ./script a 'b c'; echo $?; PATH=".:$PATH" RUN script z`,
  ],
  ["an empty file", "> empty; chmod +x empty; RUN ./empty; echo $?"],
  [
    "many variables",
    `for i in $(seq 1 2000); do export "V$i=$i"; done; RUN env | grep -c ^V`,
  ],
];

/** Node resets signals that are ignored, and opens many files at once. */
const NOT_ON_NODE = [
  "a hard limit below a descriptor that is open",
  "signals that are ignored or blocked",
  "the default of signals",
  "what a shell ignores in the background",
  "nohup",
];

for (const [what, script, ways = WAYS] of SAME) {
  const own: Need[] = NOT_ON_NODE.includes(what) ? ["not node"] : [];
  Deno.test({
    name: `the command sees ${what} as it would without run`,
    ...needs("linux", ...own),
    async fn() {
      for (const way of ENGINE === "deno" ? [PLAIN] : ways) {
        await using place = new Place();
        await compare(place, `${script}; echo "code $?"`, { way });
      }
    },
  });
}

/** What cannot be started, its exit code, and what the line names. */
const UNSTARTABLE: [what: string, command: string, code: number][] = [
  ["a command that is not there", "no-such-command", 127],
  ["a path that is not there", "./no/such", 127],
  ["a file that is not executable", "./plain", 126],
  ["a directory", "./directory", 126],
  ["a path through a file", "./plain/x", 126],
  ["an empty name", "''", 127],
  ["a script without its interpreter", "./orphan", 127],
];

for (const [what, command, code] of UNSTARTABLE) {
  placeTest(
    `${what} ends run with ${code} and one line`,
    ["linux"],
    async (place) => {
      const script = `echo text > plain; mkdir -p directory
        echo '#!/no/such -x' > orphan; chmod +x orphan; RUN ${command} x`;
      const bare = await place.shell(scriptFor(script, PLAIN, ""));
      assertEquals(bare.code, code);
      for (const way of WAYS) {
        const run = await place.shell(scriptFor(script, way));
        assertEquals([run.code, run.stdout], [code, ""], way.name);
        assertMatch(run.stderr, /^[^\n]+\n$/, way.name);
      }
      const failed = place.names("default").map((name) =>
        place.status("default", name).state
      );
      assertEquals(failed, ["failed", "failed", "failed"]);
    },
  );
}

placeTest(
  "an interpreter that is missing is named",
  ["linux"],
  async (place) => {
    const executable = { mode: 0o755 };
    const windows = "#!/bin/sh\r\necho hi\r\n";
    Deno.writeTextFileSync(place.at("windows"), windows, executable);
    const loaded = Deno.readFileSync("/bin/true");
    const text = [...loaded.subarray(0, 4096)]
      .map((byte) => String.fromCharCode(byte)).join("");
    // The loader of the C library, such as /lib64/ld-linux-x86-64.so.2.
    loaded[text.indexOf("/ld-") + 1] = 0x4c;
    Deno.writeFileSync(place.at("loaded"), loaded, executable);
    for (const way of WAYS) {
      const run = (name: string) => place.shell(scriptFor(`RUN ${name}`, way));
      const script = await run("./windows");
      assertEquals(script.code, 127);
      assertMatch(
        script.stderr,
        /"\/bin\/sh\\r" does not exist.*carriage return/,
      );
      const program = await run("./loaded");
      assertEquals(program.code, 127);
      assertMatch(program.stderr, /interpreter ".*\/Ld-.*" does not exist/);
    }
  },
);

/** Command lines that are wrong: 125, one line, nothing run or written. */
const WRONG: [args: string[], says: RegExp][] = [
  [[], /command/i],
  [["--"], /command/i],
  [["--nope", "--", "touch", "ran"], /"--nope"/],
  [["--timeuot", "5", "--", "touch", "ran"], /did you mean "--timeout"\?/],
  [["--timeout", "soon", "--", "touch", "ran"], /"soon"/],
  [["--timeout"], /value/],
  [["--every", "x", "--", "touch", "ran"], /"x"/],
  [["--kill-after", "x", "--", "touch", "ran"], /"x"/],
  [["--idle-timeout", "x", "--", "touch", "ran"], /"x"/],
  [["--retry", "often", "--", "touch", "ran"], /"often"/],
  [["--retry-delay", "x", "--", "touch", "ran"], /"x"/],
  [["--success-codes", "0,x", "--", "touch", "ran"], /success-codes/],
  [["--success-codes", "256", "--", "touch", "ran"], /success-codes/],
  [["--pdeathsig", "KLIL", "--", "touch", "ran"], /pdeathsig/],
  [["--success-codes", "0,TREM", "--", "touch", "ran"], /0,TERM/],
  [["--progress", "(", "--", "touch", "ran"], /progress/],
  [["-s", "a b", "--", "touch", "ran"], /session name/],
  [["-w", "../x", "--", "touch", "ran"], /workspace name/],
  [["--capture=yes", "--", "touch", "ran"], /takes no value/],
];

Deno.test("a wrong command line ends run with 125 and one line, and nothing is run", async () => {
  await using place = new Place();
  for (const [args, says] of WRONG) {
    const { code, stdout, stderr } = await place.run("run", ...args);
    assertEquals([code, stdout], [125, ""], args.join(" "));
    assertMatch(stderr, /^error: Cannot [^\n]*[^.\n]\n$/, args.join(" "));
    assertMatch(stderr, says, args.join(" "));
  }
  assertEquals(existsSync(place.at("ran")), false);
  assertEquals([...Deno.readDirSync(place.at(".parallel"))], []);
});

placeTest(
  "-- is optional, and what stands after the command is the command's",
  ["linux"],
  async (place) => {
    const short = await place.run(
      "run",
      "-s",
      "a",
      "echo",
      "-s",
      "b",
      "--",
      "c",
    );
    assertEquals([short.code, short.stdout], [0, "-s b -- c\n"]);
    const long = await place.run("run", "-s", "b", "--", "echo", "--", "-h");
    assertEquals([long.code, long.stdout], [0, "-- -h\n"]);
    assertEquals(place.names("default"), ["a", "b"]);
  },
);

placeTest("a runner inside a runner ends with the command's code as well", [
  "linux",
], async (place) => {
  await compare(place, "RUN RUN sh -c 'echo in; exit 5'", { way: PLAIN });
  await compare(place, "RUN sh -c 'kill -9 $$'; echo $? >&3", {
    way: { ...HAMPERED, prelude: `exec 3>&1 2>/dev/null; ` },
  });
  assertEquals(place.names("default").length, 3);
});

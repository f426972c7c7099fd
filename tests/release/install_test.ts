/**
 * install.sh against a server on loopback that serves well, badly and not at
 * all. After each failure the machine has what it had before, byte for byte.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ensureDirSync } from "@std/fs";
import { needs } from "../support/needs.ts";
import { eventually } from "../support/program.ts";
import {
  type Answer,
  ARCHIVE,
  archive,
  checksum,
  Machine,
  program,
  Published,
} from "./published.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PLACE = ".local/bin/ptrack";

/** A server with a good release of this version, in a folder of it. */
async function published(version = "9.9.9", folder = ""): Promise<Published> {
  const server = new Published();
  const good = await archive(program(version));
  server.files.set(`${folder}/${ARCHIVE}`, good);
  server.files.set(`${folder}/SHA256SUMS`, checksum(good));
  return server;
}

for (const shell of ["sh", "bash", "busybox"]) {
  Deno.test(
    `${shell} installs it, says where, and that PATH lacks it`,
    needs(...shell === "busybox" ? ["busybox" as const] : []),
    async () => {
      await using server = await published();
      using machine = new Machine();
      const before = shell === "busybox" ? ["busybox", "sh"] : [shell];
      const env = { PTRACK_BASE_URL: server.url };
      const { code, stdout, stderr } = await machine.install(env, [], before);
      assertEquals([code, stderr], [0, ""]);
      assertEquals(machine.files(), { [PLACE]: program("9.9.9") });
      assert(Deno.statSync(`${machine.home}/${PLACE}`).mode! & 0o111);
      assertMatch(stdout, /^Installed ptrack 9\.9\.9 for /);
      assertStringIncludes(stdout, `${machine.home}/${PLACE}\n`);
      assertStringIncludes(
        stdout,
        `export PATH="${machine.home}/.local/bin:$PATH"`,
      );
    },
  );
}

Deno.test(
  "busybox alone is enough: its shell, wget, tar, gzip and sha256sum",
  needs("busybox"),
  async () => {
    await using server = await published();
    using machine = new Machine();
    machine.useBusybox();
    const { code, stderr } = await machine.install({
      PTRACK_BASE_URL: server.url,
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(machine.files(), { [PLACE]: program("9.9.9") });
  },
);

Deno.test("an installed one is replaced by one rename, and is named", async () => {
  await using server = await published("2.0.0");
  using machine = withOldOne();
  machine.path = `${machine.home}/.local/bin:${machine.path}`;
  const old = Deno.openSync(`${machine.home}/${PLACE}`);
  const env = { PTRACK_BASE_URL: server.url };
  const { code, stdout } = await machine.install(env);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "in place of ptrack 1.0.0:\n");
  assert(!stdout.includes("PATH"), stdout);
  assertEquals(machine.files(), { [PLACE]: program("2.0.0") });
  // The old file is as it was for whom it is open, such as a shell that runs it.
  const buffer = new Uint8Array(100);
  const length = old.readSync(buffer) ?? 0;
  old.close();
  assertEquals(
    new TextDecoder().decode(buffer.subarray(0, length)),
    program("1.0.0"),
  );
});

Deno.test("another ptrack that comes first in PATH is pointed out", async () => {
  await using server = await published();
  using machine = new Machine();
  machine.usePrograms({ with: { ptrack: program("1.0.0") } });
  machine.path += `:${machine.home}/.local/bin`;
  const env = { PTRACK_BASE_URL: server.url };
  const { stdout } = await machine.install(env);
  assertMatch(stdout, /comes before it in PATH: .*\/programs\/ptrack/);
});

/** A machine on which an older one is installed. */
function withOldOne(): Machine {
  const machine = new Machine();
  ensureDirSync(`${machine.home}/.local/bin`);
  Deno.writeTextFileSync(`${machine.home}/${PLACE}`, program("1.0.0"), {
    mode: 0o755,
  });
  return machine;
}

const good = await archive(program("9.9.9"));
const tampered = good.with(good.length >> 1, good[good.length >> 1]! ^ 1);
const empty = new Uint8Array();
const without = await archive("");
const broken = await archive("#!/bin/sh\necho no loader >&2\nexit 127\n");

const FAILURES: [string, [Answer?, Answer?], RegExp][] = [
  ["a tampered archive", [tampered, checksum(good)], /its SHA-256 is/],
  ["an empty archive", [empty, checksum(good)], /its SHA-256 is/],
  [
    "a download that is cut off",
    [{ cut: good }, checksum(good)],
    /Cannot down/,
  ],
  ["a list that is cut off", [good, { cut: checksum(good) }], /Cannot down/],
  ["no archive", [undefined, checksum(good)], /Cannot download .*ptrack-/],
  ["no checksums", [good], /Cannot download .*SHA256SUMS/],
  [
    "checksums that do not name it",
    [good, checksum(good, `x${ARCHIVE}`)],
    /SHA256SUMS does not name it/,
  ],
  [
    "a page where the checksums should be",
    [good, new TextEncoder().encode("<html>Log in</html>")],
    /SHA256SUMS does not name it/,
  ],
  [
    "an archive that is none",
    [checksum(good), checksum(checksum(good))],
    /Cannot (unpack|find)/,
  ],
  ["a program that is empty", [without, checksum(without)], /Cannot run/],
  ["a program that cannot run here", [broken, checksum(broken)], /no loader/],
];

for (const client of ["curl", "wget"] as const) {
  for (const [what, [file, sums], reason] of FAILURES) {
    Deno.test(
      `${what}, by ${client}: nothing is installed or changed`,
      needs(client),
      async () => {
        await using server = new Published();
        if (file) server.files.set(`/${ARCHIVE}`, file);
        if (sums) server.files.set("/SHA256SUMS", sums);
        for (const machine of [new Machine(), withOldOne()]) {
          using own = machine;
          if (client === "wget") own.usePrograms({ without: ["curl"] });
          const before = own.files();
          const env = { PTRACK_BASE_URL: server.url };
          const { code, stdout, stderr } = await own.install(env);
          assertEquals([code, stdout], [1, ""], stderr);
          assertMatch(stderr, reason);
          assertEquals(own.files(), before);
        }
      },
    );
  }
}

Deno.test("a server that says nothing: interrupted, it leaves nothing behind", async () => {
  await using server = new Published();
  server.files.set("/SHA256SUMS", "silence");
  using machine = withOldOne();
  const before = machine.files();
  const { child, outcome } = machine.start(
    { PTRACK_BASE_URL: server.url },
    [],
    [
      "setsid",
      "sh",
    ],
  );
  await eventually(() => server.asked.length > 0);
  // As Ctrl-C does it: to the whole group.
  new Deno.Command("kill", { args: ["-INT", "--", `-${child.pid}`] })
    .outputSync();
  assertEquals((await outcome).code, 130);
  assertEquals(machine.files(), before);
  assertEquals([...Deno.readDirSync(`${machine.home}/.local/bin`)].length, 1);
});

Deno.test(
  "a place that cannot be written to is named, and nothing is asked for",
  needs("another user"),
  async () => {
    await using server = await published();
    using machine = new Machine();
    const asRoot = Deno.uid() === 0;
    const before = asRoot
      ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh"]
      : ["sh"];
    ensureDirSync(`${machine.home}/closed/bin`);
    Deno.chmodSync(`${machine.home}/closed/bin`, 0o555);
    Deno.chmodSync(`${machine.home}/closed`, 0o555);
    for (
      const [prefix, reason] of [
        [
          "closed",
          /error: Cannot write to .*\/closed\/bin; name another place/,
        ],
        ["closed/new", /error: Cannot make the directory .*\/closed\/new\/bin/],
      ] as const
    ) {
      const env = {
        PTRACK_BASE_URL: server.url,
        PREFIX: `${machine.home}/${prefix}`,
      };
      const { code, stdout, stderr } = await machine.install(env, [], before);
      assertEquals([code, stdout], [1, ""]);
      assertMatch(stderr, reason);
    }
    assertEquals([machine.files(), server.asked], [{}, []]);
    Deno.chmodSync(`${machine.home}/closed`, 0o755);
  },
);

for (
  const [words, reason] of [
    ["Plan9 x86_64", /none for a system called "Plan9"/],
    ["Linux riscv64", /none for a processor called "riscv64"/],
  ] as const
) {
  Deno.test(`on ${words} it says that there is none`, async () => {
    await using server = await published();
    using machine = new Machine();
    machine.usePrograms({ with: { uname: fakeUname(words) } });
    const env = { PTRACK_BASE_URL: server.url };
    const { code, stderr } = await machine.install(env);
    assertEquals([code, machine.files(), server.asked], [1, {}, []]);
    assertMatch(stderr, reason);
  });
}

function fakeUname(words: string): string {
  const [system, machine] = words.split(" ");
  return `#!/bin/sh\n[ "$1" = -m ] && echo ${machine} || echo ${system}\n`;
}

for (
  const [words, ldd, name] of [
    ["Linux x86_64", "ldd (GNU libc) 2.36", "linux-x64.tar.gz"],
    ["Linux x86_64", "musl libc (x86_64)", "linux-x64-musl.tar.gz"],
    ["Linux aarch64", "musl libc (aarch64)", "linux-arm64-musl.tar.gz"],
    ["Linux arm64", "ldd (GNU libc) 2.31", "linux-arm64.tar.gz"],
    ["Darwin arm64", "", "darwin-arm64.tar.gz"],
    ["Darwin x86_64", "", "darwin-x64.tar.gz"],
    ["MINGW64_NT-10.0 x86_64", "", "windows-x64.zip"],
  ] as const
) {
  Deno.test(`on ${words} (${ldd || "no ldd"}) it asks for ${name}`, async () => {
    await using server = new Published();
    server.files.set("/SHA256SUMS", checksum(good));
    using machine = new Machine();
    machine.usePrograms({
      with: {
        uname: fakeUname(words),
        sysctl: "#!/bin/sh\nexit 1\n",
        ldd: `#!/bin/sh\necho "${ldd}" >&2\nexit 1\n`,
      },
    });
    await machine.install({ PTRACK_BASE_URL: server.url });
    assertEquals(server.asked, ["/SHA256SUMS", `/ptrack-${name}`]);
  });
}

Deno.test("a version is looked for in its folder, on GitHub where GitHub has it", async () => {
  const cases: [string, string, string][] = [
    ["", "", ""],
    ["", "1.2.3", "/v1.2.3"],
    ["", "v1.2.3", "/v1.2.3"],
    ["/own/ptrack/releases", "", "/own/ptrack/releases/latest/download"],
    ["/own/releases/", "1.2.3", "/own/releases/download/v1.2.3"],
  ];
  for (const [base, version, folder] of cases) {
    await using server = await published("1.2.3", folder);
    using machine = new Machine();
    const env = { PTRACK_BASE_URL: server.url + base, PTRACK_VERSION: version };
    const { code, stderr } = await machine.install(env);
    assertEquals([code, stderr], [0, ""]);
  }
});

Deno.test("another version than the one that was asked for is not installed", async () => {
  await using server = await published("1.2.3", "/v1.2.4");
  for (const machine of [new Machine(), withOldOne()]) {
    using own = machine;
    const before = own.files();
    const { code, stdout, stderr } = await own.install({
      PTRACK_BASE_URL: server.url,
      PTRACK_VERSION: "1.2.4",
    });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(
      stderr,
      /version 1\.2\.4: what .* has is ptrack 1\.2\.3; nothing/,
    );
    assertEquals(own.files(), before);
  }
});

/** A wget that tells what the server said, and then has the file. */
const wget = (help: string, location: string) =>
  `#!/bin/sh
case $1 in --help) echo "${help}"; exit ;; --version) exit ;; esac
printf '  HTTP/1.1 302 Found\n  LOCATION: ${location}\n  HTTP/1.1 200 OK\n' >&2
while [ "$1" != -O ]; do shift; done
cp "$FILES/\${3##*/}" "$2"
`;

for (
  const [help, location, reason] of [
    ["[-cqS]", "http://elsewhere.example/x", /sends from https to http/],
    ["-q -O", "https://elsewhere.example/x", /does not tell .*install curl/],
    ["-S, --server-response", "https://elsewhere.example/x", null],
  ] as const
) {
  Deno.test(`wget with "${help}" that is sent to ${location}`, async () => {
    using machine = new Machine();
    const files = `${machine.home}/programs`;
    machine.usePrograms({
      without: ["curl"],
      with: { wget: wget(help, location) },
    });
    Deno.writeFileSync(`${files}/${ARCHIVE}`, good);
    Deno.writeFileSync(`${files}/SHA256SUMS`, checksum(good));
    const env = { PTRACK_BASE_URL: "https://here.example", FILES: files };
    const { code, stderr } = await machine.install(env);
    assertEquals(code, reason === null ? 0 : 1, stderr);
    if (reason !== null) {
      assertMatch(stderr, reason);
      assertEquals(machine.files(), {});
    }
  });
}

Deno.test("curl stays with https where it began with it", async () => {
  for (const [scheme, expected] of [["https", "=https"], ["http", "=http,"]]) {
    using machine = new Machine();
    const script = `#!/bin/sh\necho "curl $*" >&2\nexit 1\n`;
    machine.usePrograms({ with: { curl: script } });
    const env = { PTRACK_BASE_URL: `${scheme}://here.example` };
    const { stderr } = await machine.install(env);
    assertStringIncludes(stderr, `--proto ${expected}`);
  }
});

Deno.test("a version that is none, and no place at all, are refused", async () => {
  await using server = await published();
  using machine = new Machine();
  const odd = { PTRACK_BASE_URL: server.url, PTRACK_VERSION: "../1" };
  assertMatch((await machine.install(odd)).stderr, /version "\.\.\/1": that/);
  const { code, stderr } = await machine.install({});
  assertEquals(code, 1);
  assertMatch(stderr, /belongs to no published release.*PTRACK_BASE_URL/);
  assertEquals([server.asked, machine.files()], [[], {}]);
});

Deno.test("--uninstall removes what was installed, also completions, and no more", async () => {
  await using server = new Published();
  const text = new TextEncoder().encode("text\n");
  const full = await archive(
    program("1.0.0"),
    ["completions/ptrack.bash", "completions/_ptrack", "man/man1/ptrack.1"]
      .map((name) => ({ name, content: text })),
  );
  server.files.set(`/${ARCHIVE}`, full);
  server.files.set("/SHA256SUMS", checksum(full));
  using machine = new Machine();
  const env = {
    PTRACK_BASE_URL: server.url,
    PREFIX: `${machine.home}/my place`,
  };
  ensureDirSync(`${machine.home}/my place/bin`);
  Deno.writeTextFileSync(`${machine.home}/my place/bin/other`, "mine");
  assertEquals((await machine.install(env)).code, 0);
  assertEquals(Object.keys(machine.files()).sort(), [
    "my place/bin/other",
    "my place/bin/ptrack",
    "my place/share/bash-completion/completions/ptrack",
    "my place/share/man/man1/ptrack.1",
    "my place/share/zsh/site-functions/_ptrack",
  ]);
  const { code, stdout } = await machine.install(env, ["--uninstall"]);
  assertEquals([code, machine.files()], [0, { "my place/bin/other": "mine" }]);
  assertMatch(stdout, /^Removed .*\/my place\/bin\/ptrack\n/);
  const again = await machine.install(env, ["--uninstall"]);
  assertMatch(again.stdout, /^There is no ptrack in .*my place\/bin\n$/);
});

Deno.test("--help says what can be set; an unknown word is an error", async () => {
  using machine = new Machine();
  const { code, stdout } = await machine.install({}, ["--help"]);
  assertEquals(code, 0);
  for (const name of ["PTRACK_BASE_URL", "PTRACK_VERSION", "PREFIX"]) {
    assertStringIncludes(stdout, name);
  }
  assertEquals((await machine.install({}, ["--frobnicate"])).code, 2);
});

Deno.test("half of install.sh, wherever it is cut off, does nothing", async () => {
  await using server = await published();
  using machine = new Machine();
  const whole = Deno.readTextFileSync(machine.installer);
  for (let part = 1; part < 20; part++) {
    const cut = whole.slice(0, (whole.length - 12) * part / 20);
    Deno.writeTextFileSync(machine.installer, cut);
    const { stdout } = await machine.install({ PTRACK_BASE_URL: server.url });
    assertEquals([stdout, machine.files(), server.asked], ["", {}, []]);
  }
});

Deno.test(
  "shellcheck has nothing to say about install.sh",
  needs("shellcheck"),
  async () => {
    const { stdout } = await new Deno.Command("shellcheck", {
      args: [
        "--shell=sh",
        `${ROOT}install.sh`,
      ],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "");
  },
);

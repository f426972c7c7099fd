/**
 * What the builds promise: that `deno compile` embeds all that is loaded
 * lazily and that its permissions are enough, and that the executable
 * takes no orders from files that happen to lie in its user's folder.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";

const ROOT = new URL("../", import.meta.url).pathname;
const MAKEFILE = Deno.readTextFileSync(`${ROOT}Makefile`);

/** The permissions that the Makefile gives to the program. */
const PERMISSIONS = MAKEFILE.match(/--allow-[a-z]+(?:=\S+)?/g) ?? [];

async function run(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
) {
  const output = await new Deno.Command(command, {
    args,
    stdin: "null",
    ...options,
    env: { NO_COLOR: "1", ...options.env },
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

Deno.test("deno compile embeds every module, also those loaded lazily", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { stdout, stderr } = await run(Deno.execPath(), [
      "compile",
      "--frozen",
      "--no-check",
      "--exclude-unused-npm",
      `--config=${ROOT}deno.json`,
      `--output=${directory}/ptrack`,
      ...PERMISSIONS,
      `${ROOT}main.ts`,
    ], { env: { DENORT_BIN: "/bin/true" } });
    const embedded = stdout + stderr;
    // Of a folder that is embedded as a whole it names no file.
    const rooms = [...Deno.readDirSync(`${ROOT}lib`)]
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
    for (
      const name of [
        ...["main.ts", "string-width", "page.js", "commit.txt"],
        ...rooms,
      ]
    ) {
      assertStringIncludes(embedded, name);
    }
    for (const name of ["playwright-core", "ajv"]) {
      assert(!embedded.includes(name), `${name} is for the tests`);
    }
    assertStringIncludes(MAKEFILE, "--exclude-unused-npm");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the permissions that deno compile gives are enough", async () => {
  const directory = await Deno.makeTempDir();
  const ptrack = (...args: string[]) =>
    run(Deno.execPath(), [
      "run",
      "--no-prompt",
      "--frozen",
      `--config=${ROOT}deno.json`,
      ...PERMISSIONS,
      `${ROOT}main.ts`,
      ...args,
    ], { cwd: directory, env: { PTRACK_DIR: `${directory}/.parallel` } });
  try {
    for (
      const args of [
        ["start", "-s", "a", "--pid", "1", "T"],
        ["heartbeat", "-s", "a", "--pct", "50"],
        ["complete", "-s", "a"],
        ["monitor", "-w", "default"],
        ["monitor", "-w", "default", "--watch"],
        ["monitor", "-w", "default", "--wait"],
        ["monitor", "-w", "default", "-s", "a", "--log"],
      ]
    ) {
      const { code, stderr } = await ptrack(...args);
      assertEquals([code, stderr], [0, ""], args.join(" "));
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the executable has the modules that run in threads", async () => {
  const executable = Deno.env.get("PTRACK_BIN") ?? `${ROOT}bin/ptrack`;
  const bytes = await Deno.readFile(executable);
  const [, threads = ""] = /^THREADS := (.*)$/m.exec(MAKEFILE) ?? [];
  assert(threads !== "");
  for (const module of threads.split(" ")) {
    assert(Deno.statSync(`${ROOT}${module}.ts`).isFile);
    assert(new TextDecoder("latin1").decode(bytes).includes(`/${module}.js`));
  }
});

Deno.test("the executable obeys no .env and no bunfig.toml where it is run", async () => {
  const directory = await Deno.makeTempDir();
  const executable = Deno.env.get("PTRACK_BIN") ?? `${ROOT}bin/ptrack`;
  try {
    await Deno.writeTextFile(`${directory}/.env`, "PTRACK_SESSION=from-env\n");
    await Deno.writeTextFile(
      `${directory}/bunfig.toml`,
      'preload = ["./evil.js"]\n',
    );
    await Deno.writeTextFile(
      `${directory}/evil.js`,
      'require("node:fs").writeFileSync("evil", "");',
    );
    const { code, stderr } = await run(executable, ["heartbeat"], {
      cwd: directory,
      env: { PTRACK_DIR: `${directory}/.parallel` },
    });
    assertEquals(code, 2, stderr);
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name);
    assert(!names.includes("evil"));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

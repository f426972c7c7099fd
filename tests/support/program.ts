/**
 * Calls the program as people call it: a process of its own, in a temporary
 * directory, with nothing of the caller's PTRACK_* environment. PTRACK_ENGINE
 * says what runs it. Tests wait for conditions, with a limit, and never sleep.
 */
import { ensureDirSync, existsSync } from "@std/fs";
import { fromFileUrl } from "@std/path";
import { findProgram, type Need, needs } from "./needs.ts";

const REPOSITORY = fromFileUrl(new URL("../../", import.meta.url));

/** What runs the program: the executable, `deno run`, or Node on the package of `make npm`. */
export type Engine = "executable" | "deno" | "node";

/** The engine of all tests that do not name one. */
export const ENGINE = (Deno.env.get("PTRACK_ENGINE") ?? "executable") as Engine;

/** Whether this is `make soak`, which does more of the same. */
export const IS_SOAK = Deno.env.get("PTRACK_SOAK") === "1" &&
  ENGINE === "executable";

/** How many times to do something: more in a soak, of the executable alone. */
export function times(count: { soak: number; test: number }): number {
  return IS_SOAK ? count.soak : count.test;
}

/** The words that run the program, before its own arguments. */
export function programOf(engine: Engine): readonly string[] {
  switch (engine) {
    case "executable":
      return [Deno.env.get("PTRACK_BIN") ?? `${REPOSITORY}bin/ptrack`];
    case "node":
      // In full, for tests that have a PATH of their own.
      return [
        findProgram("node") ?? "node",
        `${REPOSITORY}dist/npm/js/main.js`,
      ];
    case "deno": {
      const config = ["--config", `${REPOSITORY}deno.json`];
      const options = ["-A", "--quiet", "--frozen", ...config];
      return [Deno.execPath(), "run", ...options, `${REPOSITORY}main.ts`];
    }
  }
}

/** The words that run the program in tests that do not name an engine. */
export const PROGRAM = programOf(ENGINE);

/** A process that takes longer hangs: it is killed, and its test fails. */
const LIMIT_MS = 60_000;

/** What is there of a directory's copy of test data. */
export function testData(name: string): string {
  return `${REPOSITORY}tests/data/${name}`;
}

/** How a process ended, and all that it wrote. */
export interface Result {
  code: number;
  /** Such as SIGKILL, null if it ended by itself. */
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** How a process is started. */
export interface StartOptions {
  /** Added to the clean environment. */
  env?: Record<string, string>;
  /** Text for standard input; nothing (the null device) if not given. */
  stdin?: string;
  /** Where it runs; the place's own directory if not given. */
  cwd?: string;
}

/** A process that runs. */
export class Running {
  readonly pid: number;
  /** What it wrote so far. */
  stdout = "";
  stderr = "";
  /** Resolves when it has ended. */
  readonly result: Promise<Result>;
  readonly #child: Deno.ChildProcess;
  readonly #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];

  constructor(command: readonly string[], options: StartOptions) {
    const [program, ...args] = command;
    this.#child = new Deno.Command(program!, {
      args,
      cwd: options.cwd,
      env: { ...environment(), ...options.env },
      clearEnv: true,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.result = this.#collect(options.stdin);
  }

  /** Sends a signal; nothing happens if it has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  /** Ends it, whoever else may hold its streams open. */
  async end(): Promise<void> {
    this.kill("SIGCONT");
    this.kill("SIGKILL");
    await this.#child.status;
    for (const reader of this.#readers) await reader.cancel();
    await this.result;
  }

  async #collect(stdin: string | undefined): Promise<Result> {
    const limit = setTimeout(() => this.end(), LIMIT_MS);
    const [status] = await Promise.all([
      this.#child.status,
      this.#gather(this.#child.stdout, "stdout"),
      this.#gather(this.#child.stderr, "stderr"),
      stdin === undefined ? null : this.#feed(stdin),
    ]);
    clearTimeout(limit);
    const { stdout, stderr } = this;
    return { code: status.code, signal: status.signal, stdout, stderr };
  }

  async #gather(stream: ReadableStream, name: "stdout" | "stderr") {
    const decoder = new TextDecoder();
    const reader = stream.getReader();
    this.#readers.push(reader);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this[name] += decoder.decode(value, { stream: true });
    }
  }

  async #feed(text: string) {
    const writer = this.#child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
    } catch {
      // It does not read to the end, which is its right.
    }
  }
}

/** Only what a program may need that knows nothing of ptrack. */
function environment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "LANG", "SYSTEMROOT"];
  return Object.fromEntries(
    [
      ...kept.map((name) => [name, Deno.env.get(name)]),
      ["TERM", "dumb"],
      ["TZ", "UTC"],
      ["DENO_NO_UPDATE_CHECK", "1"],
    ].filter(([, value]) => value !== undefined),
  );
}

// deno-lint-ignore no-explicit-any
type Json = any;

/** A temporary directory in which the program runs; gone when disposed of. */
export class Place implements AsyncDisposable {
  /** Where the program runs; it has an empty `.parallel`. */
  readonly path: string;
  readonly #base: string;
  readonly #program: readonly string[];
  readonly #started: Running[] = [];

  constructor(engine = ENGINE) {
    this.#program = programOf(engine);
    this.#base = Deno.makeTempDirSync({ prefix: "ptrack-e2e-" });
    // Real paths: the temporary directory may be reached by a link.
    this.#base = Deno.realPathSync(this.#base);
    this.path = `${this.#base}/desk`;
    ensureDirSync(`${this.path}/.parallel`);
  }

  /** The absolute path of a name beside `.parallel`. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** The directory of a workspace, or of one of its sessions. */
  directory(workspace: string, session = ""): string {
    const path = `${this.path}/.parallel/${workspace}`;
    return session === "" ? path : `${path}/${session}`;
  }

  /** Runs the program to its end. */
  run(...args: string[]): Promise<Result> {
    return this.runWith({}, ...args);
  }

  /** The same with an environment, standard input or another directory. */
  runWith(options: StartOptions, ...args: string[]): Promise<Result> {
    return this.spawn(options, ...args).result;
  }

  /** Runs the program; the test has to fail if it does not succeed. */
  async ok(...args: string[]): Promise<string> {
    const result = await this.run(...args);
    if (result.code === 0) return result.stdout;
    throw new Error(`ptrack ${args.join(" ")}: ${JSON.stringify(result)}`);
  }

  /** Starts the program and returns at once. */
  spawn(options: StartOptions, ...args: string[]): Running {
    return this.#start([...this.#program, ...args], options);
  }

  /** Runs a script in bash, in which `ptrack` is the program. */
  shell(script: string, options: StartOptions = {}): Promise<Result> {
    return this.spawnShell(script, options).result;
  }

  /** A PATH on which `ptrack` is the program. */
  searchPath(): string {
    const bin = `${this.#base}/bin`;
    if (!existsSync(bin)) {
      Deno.mkdirSync(bin);
      makeCommand(`${bin}/ptrack`, this.#program);
    }
    return `${bin}:${Deno.env.get("PATH")}`;
  }

  /**
   * Runs the program as a user whom permissions bind: root becomes another one,
   * who gets all that is here, and a copy of the program, since he may not be
   * able to reach this clone.
   */
  runUnprivileged(...args: string[]): Promise<Result> {
    if (Deno.uid() !== 0) return this.run(...args);
    Deno.chmodSync(this.#base, 0o755);
    const copy = `${this.#base}/program`;
    const isOneFile = this.#program.length === 1;
    if (isOneFile) Deno.copyFileSync(this.#program[0]!, copy);
    const words = [...isOneFile ? [copy] : this.#program, ...args];
    return this.shell(
      "chown -R 65534:65534 . && exec setpriv --reuid=65534 --regid=65534 " +
        "--clear-groups env HOME=/nonexistent " +
        words.map((word) => `'${word}'`).join(" "),
    );
  }

  /** Starts a script in bash, in which `ptrack` is the program. */
  spawnShell(script: string, options: StartOptions = {}): Running {
    const env = { PATH: this.searchPath(), ...options.env };
    return this.#start(["bash", "-c", script], { ...options, env });
  }

  #start(command: readonly string[], options: StartOptions): Running {
    const running = new Running(command, { cwd: this.path, ...options });
    this.#started.push(running);
    return running;
  }

  /** The status on disk. */
  status(workspace: string, session: string): Json {
    return JSON.parse(
      Deno.readTextFileSync(
        `${this.directory(workspace, session)}/status.json`,
      ),
    );
  }

  /** The lines of the log on disk. */
  log(workspace: string, session: string): Json[] {
    const path = `${this.directory(workspace, session)}/log.jsonl`;
    return Deno.readTextFileSync(path).split("\n")
      .filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** The names in a session's directory, sorted. */
  names(workspace: string, session = ""): string[] {
    return [...Deno.readDirSync(this.directory(workspace, session))]
      .map(({ name }) => name).sort();
  }

  /** Writes a session's files as another program would. */
  write(
    workspace: string,
    session: string,
    files: Record<string, Json>,
  ): void {
    const directory = this.directory(workspace, session);
    ensureDirSync(directory);
    for (const [name, content] of Object.entries(files)) {
      const text = typeof content === "string"
        ? content
        : JSON.stringify(content, null, 2);
      Deno.writeTextFileSync(`${directory}/${name}`, text);
    }
  }

  /** Makes a session's files say that all in it happened a minute earlier. */
  age(workspace: string, session: string): void {
    this.rewrite(workspace, session, (text) =>
      text.replaceAll(
        /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=\.\d{6}\+00:00)/g,
        (time) =>
          new Date(Date.parse(`${time}Z`) - 60_000).toISOString().slice(0, 19),
      ));
  }

  /** Changes a session's log and status, which must say the same. */
  rewrite(
    workspace: string,
    session: string,
    change: (text: string) => string,
  ): void {
    for (const name of ["log.jsonl", "status.json"]) {
      const path = `${this.directory(workspace, session)}/${name}`;
      const before = Deno.readTextFileSync(path);
      const after = change(before);
      if (after.length !== before.length) {
        throw new Error("The status knows how long the log is");
      }
      Deno.writeTextFileSync(path, after);
    }
  }

  /** What `monitor --json` says of a workspace. */
  async summary(workspace: string, ...args: string[]): Promise<Json> {
    return JSON.parse(
      await this.ok("monitor", "-w", workspace, "--json", ...args),
    );
  }

  async [Symbol.asyncDispose]() {
    for (const running of this.#started) await running.end();
    await Deno.remove(this.#base, { recursive: true });
  }
}

/** A test in a place of its own, ignored where something is missing. */
export function placeTest(
  name: string,
  wanted: Need[],
  fn: (place: Place) => Promise<void>,
): void {
  Deno.test(name, needs(...wanted), async () => {
    await using place = new Place();
    await fn(place);
  });
}

/** Makes a file that is the program, whatever runs it. */
function makeCommand(path: string, program: readonly string[]): void {
  if (program.length === 1) return Deno.symlinkSync(program[0]!, path);
  const words = program.map((word) => `'${word}'`).join(" ");
  const script = `#!/bin/sh\nexec ${words} "$@"\n`;
  Deno.writeTextFileSync(path, script, { mode: 0o755 });
}

/** A status as the original writes it, running; `changes` come over it. */
export function foreignStatus(
  workspace: string,
  session: string,
  changes: Record<string, Json> = {},
): Json {
  const now = new Date().toISOString().replace("Z", "000+00:00");
  return {
    session_id: session,
    workspace,
    state: "running",
    task_description: "",
    progress_pct: 0,
    message: "",
    errors: [],
    started_at: now,
    last_heartbeat: now,
    completed_at: null,
    output_files: [],
    metadata: {},
    ...changes,
  };
}

/** Passes the time without giving way, for moments shorter than a timer's. */
export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Resolves when `condition` holds; throws when it does not within the limit. */
export async function eventually(
  condition: () => unknown,
  limitMs = 10_000,
): Promise<void> {
  const end = Date.now() + limitMs;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

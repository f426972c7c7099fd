/**
 * A place that releases are published at, for install.sh: a server on loopback
 * that gives what it is told to, well or badly; and a machine to install on: a
 * home of its own, and the programs that PATH has there.
 */
import { createHash } from "node:crypto";
import { walkSync } from "@std/fs";
import { relative } from "@std/path";
import { type Entry, tarGz } from "../../release/archive.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What the server gives for a path; `cut` ends it in the middle. */
export type Answer = Uint8Array | { cut: Uint8Array } | "silence";

/** A server on loopback; paths that it does not know are 404. */
export class Published implements AsyncDisposable {
  readonly files = new Map<string, Answer>();
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #served = this.#serve();

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  }

  async #serve() {
    for await (const connection of this.#listener) {
      this.#open.add(connection);
      this.#answer(connection).catch(() => {});
    }
  }

  async #answer(connection: Deno.Conn) {
    const buffer = new Uint8Array(4096);
    const length = await connection.read(buffer) ?? 0;
    const path = new TextDecoder().decode(buffer.subarray(0, length))
      .split(" ")[1] ?? "";
    this.asked.push(path);
    const answer = this.files.get(path);
    if (answer === "silence") return;
    const body = answer === undefined
      ? new Uint8Array()
      : answer instanceof Uint8Array
      ? answer
      : answer.cut;
    const status = answer === undefined ? "404 Not Found" : "200 OK";
    const header = `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n` +
      "Connection: close\r\n\r\n";
    const sent = answer instanceof Uint8Array
      ? body
      : body.subarray(0, body.length >> 1);
    await writeAll(connection, new TextEncoder().encode(header));
    await writeAll(connection, sent);
    this.#open.delete(connection);
    connection.close();
  }

  async [Symbol.asyncDispose]() {
    this.#listener.close();
    for (const connection of this.#open) connection.close();
    await this.#served;
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array) {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

/** An archive as releases have them; `script` is what ptrack is in it. */
export function archive(
  script: string,
  more: Entry[] = [],
): Promise<Uint8Array> {
  const content = new TextEncoder().encode(script);
  const own = { name: "ptrack", content, isExecutable: true };
  return tarGz(
    [own, ...more].map((entry) => ({
      ...entry,
      name: `${ARCHIVE.replace(".tar.gz", "")}/${entry.name}`,
    })),
    1e9,
  );
}

/** The line of SHA256SUMS for a file. */
export function checksum(content: Uint8Array, name = ARCHIVE): Uint8Array {
  const sum = createHash("sha256").update(content).digest("hex");
  return new TextEncoder().encode(`${sum}  ${name}\n`);
}

/** A program that says which version it is. */
export const program = (version: string) =>
  `#!/bin/sh\necho "ptrack ${version} (bun 1.4.5, linux-x64, commit 0)"\n`;

/** What install.sh is to ask for on this machine, so that tests may run on any. */
export const ARCHIVE = `ptrack-${Deno.build.os}-${
  Deno.build.arch === "x86_64" ? "x64" : "arm64"
}.tar.gz`;

/** How install.sh ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const shared = new Map<string, string>();
Deno.test.afterAll(() => {
  for (const path of shared.values()) {
    Deno.removeSync(path, { recursive: true });
  }
});

/** A directory of links to the programs of a PATH but these, made once. */
function programsWithout(names: readonly string[], path: string): string {
  const key = names.join(" ");
  const known = shared.get(key);
  if (known !== undefined) return known;
  const made = Deno.makeTempDirSync({ prefix: "ptrack-programs-" });
  Deno.chmodSync(made, 0o755);
  const done = new Set(names);
  for (const directory of path.split(":")) {
    for (const { name } of Deno.readDirSync(directory)) {
      if (done.has(name)) continue;
      done.add(name);
      Deno.symlinkSync(`${directory}/${name}`, `${made}/${name}`);
    }
  }
  shared.set(key, made);
  return made;
}

/** Somebody's machine: an empty home, and PATH of the bare system. */
export class Machine implements Disposable {
  readonly home = Deno.realPathSync(
    Deno.makeTempDirSync({ prefix: "ptrack-install-" }),
  );
  readonly installer = `${this.home}/install.sh`;
  path = "/usr/local/bin:/usr/bin:/bin";

  constructor() {
    Deno.copyFileSync(`${ROOT}install.sh`, this.installer);
    Deno.chmodSync(this.home, 0o755);
  }

  /** Runs install.sh; `before` are the words to run it by. */
  install(
    env: Record<string, string>,
    args: readonly string[] = [],
    before: readonly string[] = ["sh"],
  ): Promise<Outcome> {
    return this.start(env, args, before).outcome;
  }

  /** The same, without waiting for its end. */
  start(
    env: Record<string, string>,
    args: readonly string[] = [],
    before: readonly string[] = ["sh"],
  ) {
    const [command, ...words] = before;
    const child = new Deno.Command(command!, {
      args: [...words, this.installer, ...args],
      env: { PATH: this.path, HOME: this.home, ...env },
      clearEnv: true,
      cwd: "/",
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const outcome = child.output().then(({ code, stdout, stderr }) => ({
      code,
      stdout: text(stdout),
      stderr: text(stderr),
    }));
    return { child, outcome };
  }

  /** A PATH that has what the present one has, but not these; with those. */
  usePrograms({ without = [], with: extra = {} }: {
    without?: readonly string[];
    with?: Record<string, string>;
  }) {
    const bin = `${this.home}/programs`;
    Deno.mkdirSync(bin);
    for (const [name, script] of Object.entries(extra)) {
      Deno.writeTextFileSync(`${bin}/${name}`, script, { mode: 0o755 });
    }
    this.path = `${bin}:${programsWithout(without, this.path)}`;
  }

  /** A PATH that has busybox and nothing else. */
  useBusybox() {
    const bin = `${this.home}/programs`;
    Deno.mkdirSync(bin);
    const path = this.path;
    const { success } = new Deno.Command("sh", {
      args: [
        "-c",
        `busybox=$(command -v busybox); "$busybox" --install -s ${bin}`,
      ],
      env: { PATH: path },
    }).outputSync();
    if (!success) throw new Error("busybox does not install itself");
    this.path = bin;
  }

  /** Every file below the home besides those of the test, with its content. */
  files(): Record<string, string> {
    const found: Record<string, string> = {};
    const skip = [new RegExp(`^${this.installer}$`), /\/programs\//];
    for (const { path } of walkSync(this.home, { includeDirs: false, skip })) {
      found[relative(this.home, path)] = Deno.readTextFileSync(path);
    }
    return found;
  }

  [Symbol.dispose]() {
    Deno.removeSync(this.home, { recursive: true });
  }
}

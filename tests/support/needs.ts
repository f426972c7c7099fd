/**
 * What tests need beyond git, make, Node and npm, in one place. A test that
 * lacks something is ignored and says why:
 *
 *     Deno.test({ name: "fish completes names", ...needs("fish"), fn() {} });
 *
 * Call `needs` once for each test: the gate counts the calls that found
 * something missing, and prints them grouped by reason. What PTRACK_NEED names,
 * such as `chromium`, is taken to be there: a test that lacks it fails.
 */

const ENGINE = Deno.env.get("PTRACK_ENGINE") ?? "executable";

/** Where Debian puts the C library of another processor. */
export const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";

/** The Debian that tests/release/debian.sh has unpacked. */
export const DEBIAN = new URL("../../.tools/debian", import.meta.url).pathname;

/** The loader of programs that are for musl. */
export const MUSL = "/lib/ld-musl-x86_64.so.1";

/** What is looked for, and how it is called in the list of skipped tests. */
const NEEDS = {
  actionlint: need(
    "actionlint (make test-release has it)",
    () => Boolean(Deno.env.get("ACTIONLINT")),
  ),
  "another user": need(
    "a user whom permissions bind (setpriv)",
    () => !isRoot() || findProgram("setpriv") !== null,
  ),
  "arm64 libraries": need(
    "a C library for arm64",
    () => isFile(`${ARM64_LIBRARIES}/lib/ld-linux-aarch64.so.1`),
  ),
  "bash-completion": need(
    "bash-completion",
    () => isFile("/usr/share/bash-completion/bash_completion"),
  ),
  busybox: program("busybox"),
  cc: program("cc", "a C compiler"),
  chromium: need("Chromium", () => findChromium() !== null),
  curl: program("curl"),
  debian: need(
    "an unpacked Debian (debootstrap)",
    () => Deno.statSync(DEBIAN).isDirectory,
  ),
  "exact numbers": need(
    "an engine that keeps numbers as written",
    () =>
      ENGINE !== "node" ||
      succeeds("node", "-e", "process.exit(JSON.rawJSON ? 0 : 1)"),
  ),
  executable: need(
    "the executable (docs/platforms.md)",
    () => ENGINE === "executable",
  ),
  fish: program("fish"),
  groff: program("groff"),
  ipv6: need("an IPv6 address", () => {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  }),
  jq: program("jq"),
  linux: need("Linux", () => Deno.build.os === "linux"),
  "linux on x64": need(
    "Linux on x64",
    () => Deno.build.os === "linux" && Deno.build.arch === "x86_64",
  ),
  make: program("make"),
  mandoc: program("mandoc"),
  mount: need("the right to mount", canMount),
  musl: need("musl", () => isFile(MUSL)),
  node: program("node", "Node"),
  "node package": need(
    "Node 20.16 (and make npm)",
    () =>
      succeeds(
        "node",
        "-e",
        "process.exit(process.getBuiltinModule ? 0 : 1)",
      ) &&
      isFile(new URL("../../dist/npm/js/main.js", import.meta.url).pathname),
  ),
  "not node": need(
    "another engine than Node (docs/platforms.md)",
    () => ENGINE !== "node",
  ),
  nu: program("nu", "nushell"),
  parallel: need(
    "GNU parallel",
    () => printed("parallel", "--version").startsWith("GNU parallel"),
  ),
  prometheus: need(
    "Python's prometheus_client",
    () => pythonWith("prometheus_client") !== null,
  ),
  pty: need("pseudo-terminals", () => {
    Deno.openSync("/dev/ptmx", { read: true, write: true }).close();
    return true;
  }),
  python3: need(
    "Python 3.7",
    () =>
      succeeds(
        "python3",
        "-c",
        "import sys; sys.exit(sys.version_info < (3, 7))",
      ),
  ),
  "qemu-aarch64-static": program("qemu-aarch64-static"),
  "qemu-x86_64-static": program("qemu-x86_64-static"),
  root: need("root", isRoot),
  script: program("script", "script (util-linux)"),
  setpriv: program("setpriv"),
  shellcheck: program("shellcheck"),
  taskset: program("taskset", "taskset (util-linux)"),
  unix: need("a Unix", () => Deno.build.os !== "windows"),
  unzip: program("unzip"),
  valgrind: need(
    "valgrind that can run the executable (and make build/bench/empty)",
    () =>
      succeeds(
        ...["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"],
        new URL("../../build/bench/empty", import.meta.url).pathname,
      ),
  ),
  wget: program("wget"),
  xmllint: program("xmllint"),
  zsh: program("zsh"),
};

/** A thing that a test may need. */
export type Need = keyof typeof NEEDS;

/** Whether to ignore a test: when one of these is missing, which is counted. */
export function needs(...wanted: Need[]): { ignore: boolean } {
  const missing = wanted.find((name) => !isThere(name));
  if (missing !== undefined) skipped(NEEDS[missing].label);
  return { ignore: missing !== undefined };
}

/** Tells the gate that a test is skipped, for want of this. */
export function skipped(label: string): void {
  const path = Deno.env.get("PTRACK_SKIPPED");
  if (path) Deno.writeTextFileSync(path, `${label}\n`, { append: true });
}

const required = (Deno.env.get("PTRACK_NEED") ?? "").split(" ");
const known = new Map<Need, boolean>();

/** Whether it is there; looked for once. */
export function isThere(name: Need): boolean {
  const found = known.get(name) ?? (required.includes(name) ||
    attempt(NEEDS[name].look));
  known.set(name, found);
  return found;
}

interface Looking {
  label: string;
  look: () => boolean;
}

function need(label: string, look: () => boolean): Looking {
  return { label, look };
}

/** A program in PATH. */
function program(name: string, label = name): Looking {
  return need(label, () => findProgram(name) !== null);
}

function attempt(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}

/** The path of the first of these that is in PATH; null if there is none. */
export function findProgram(...names: string[]): string | null {
  const directories = (Deno.env.get("PATH") ?? "").split(":");
  const paths = names.flatMap((name) =>
    directories.map((directory) => `${directory}/${name}`)
  );
  return paths.find(isFile) ?? null;
}

const CHROMIUMS = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];
const MAC_CHROMIUMS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of Chromium; PTRACK_CHROMIUM names it. Null if there is none. */
export function findChromium(): string | null {
  return Deno.env.get("PTRACK_CHROMIUM") || findProgram(...CHROMIUMS) ||
    (MAC_CHROMIUMS.find(isFile) ?? null);
}

function isFile(path: string): boolean {
  return attempt(() => Deno.statSync(path).isFile);
}

/** Whether a command can be run with success. */
export function succeeds(...[command, ...args]: string[]): boolean {
  return attempt(() =>
    new Deno.Command(command!, { args, stdout: "null", stderr: "null" })
      .outputSync().success
  );
}

function printed(command: string, ...args: string[]): string {
  const { stdout } = new Deno.Command(command, { args }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** A Python that has a module; null if there is none. */
export function pythonWith(module: string): string | null {
  return ["python3", "/usr/bin/python3"]
    .find((python) => succeeds(python, "-c", `import ${module}`)) ?? null;
}

function isRoot(): boolean {
  return Deno.uid() === 0;
}

/** Mounting takes root, on Linux, and more than a plain container allows. */
function canMount(): boolean {
  if (Deno.build.os !== "linux" || !isRoot()) return false;
  const path = Deno.makeTempDirSync();
  try {
    return succeeds("mount", "-t", "tmpfs", "-o", "size=16k", "probe", path) &&
      succeeds("umount", "-l", path);
  } finally {
    Deno.removeSync(path);
  }
}

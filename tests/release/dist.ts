/** What `make release` put into dist/, unpacked for the tests that look at it. */
import { ensureDirSync } from "@std/fs";
import { fromFileUrl } from "@std/path";
import { archiveName, type Target, TARGETS } from "../../release/targets.ts";

/** The repository's directory, with a slash at its end. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The directory of the release. */
export const DIST = `${ROOT}dist`;

/** The target of this name. */
export function target(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found === undefined) throw new Error(`there is no target ${name}`);
  return found;
}

/** Unpacks a target's archive below a directory; returns the folder in it. */
export async function unpack(wanted: Target, into: string): Promise<string> {
  const archive = `${DIST}/${archiveName(wanted)}`;
  await run(
    archive.endsWith(".zip")
      ? ["unzip", "-q", "-o", archive, "-d", into]
      : ["tar", "-xzf", archive, "-C", into],
  );
  return `${into}/ptrack-${wanted.name}`;
}

/** Runs a command that has to succeed; returns what it printed. */
export async function run(
  [command, ...args]: string[],
  options: Deno.CommandOptions = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command!, {
    args,
    stdin: "null",
    ...options,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  throw new Error(`${[command, ...args].join(" ")}: ${text(stderr)}`);
}

/** A temporary directory, gone when disposed of, with what is mounted in it. */
export class Folder implements AsyncDisposable {
  readonly path = Deno.realPathSync(
    Deno.makeTempDirSync({ prefix: "ptrack-release-" }),
  );
  readonly #mounted: string[] = [];

  /** Mounts /proc there, without which the executables cannot start. */
  async mountProc(root = this.path): Promise<void> {
    ensureDirSync(`${root}/proc`);
    await run(["mount", "-t", "proc", "proc", `${root}/proc`]);
    this.#mounted.push(`${root}/proc`);
  }

  async [Symbol.asyncDispose]() {
    for (const place of this.#mounted) await run(["umount", place]);
    await Deno.remove(this.path, { recursive: true });
  }
}

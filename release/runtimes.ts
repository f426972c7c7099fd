/**
 * Bun's runtimes for other systems: npm packages, fetched by npm (and so from
 * the registry, mirror or cache that it is set up for), held to the integrity
 * of `targets.ts`, and kept for the next time.
 */
import { ensureDirSync, existsSync } from "@std/fs";
import { createHash } from "node:crypto";
import { BUN_VERSION, type Target } from "./targets.ts";

/**
 * The path of a target's runtime below `directory`, fetched if it is not there.
 * Throws, saying why, when it cannot be had or is not what it should be.
 */
export async function runtimeOf(
  target: Target,
  directory: string,
): Promise<string> {
  const folder = `${directory}/${target.name}-${BUN_VERSION}`;
  const file = target.name.startsWith("windows") ? "bun.exe" : "bun";
  const runtime = `${folder}/package/bin/${file}`;
  if (existsSync(runtime)) return runtime;

  const made = `${folder}.${Deno.pid}`;
  ensureDirSync(made);
  try {
    const archive = `${made}/${await fetchPackage(target, made)}`;
    checkIntegrity(target, await Deno.readFile(archive));
    await call("tar", ["-xzf", archive, "-C", made]);
    await Deno.remove(archive);
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.rename(made, folder);
  } finally {
    await Deno.remove(made, { recursive: true }).catch(() => {});
  }
  return runtime;
}

/** Lets npm fetch the package; returns the name of the file it made. */
async function fetchPackage(target: Target, into: string): Promise<string> {
  const wanted = `${target.runtime}@${BUN_VERSION}`;
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  const printed = await call(npm, [
    "pack",
    wanted,
    "--json",
    `--pack-destination=${into}`,
  ]).catch((error) => {
    throw new Error(
      `Cannot fetch ${wanted}, of which ${target.name} is made: ${error.message}`,
    );
  });
  const [{ filename }] = JSON.parse(printed);
  // Some versions of npm print the name of the package instead of the file's.
  return filename.replace(/^@/, "").replace("/", "-");
}

function checkIntegrity(target: Target, content: Uint8Array): void {
  const hash = createHash("sha512").update(content).digest("base64");
  if (`sha512-${hash}` === target.integrity) return;
  throw new Error(
    `Cannot use ${target.runtime}@${BUN_VERSION}: its integrity is sha512-${hash}, not ${target.integrity}`,
  );
}

/** Runs a command to its end; returns what it printed, throws what it said. */
export async function call(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    ...options,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (success) return text(stdout);
  const reason = (text(stderr).trim() || text(stdout).trim()).split("\n");
  throw new Error(
    `${command} exited ${code}: ${reason.slice(0, 5).join("; ")}`,
  );
}

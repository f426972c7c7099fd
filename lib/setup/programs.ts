/** Which programs are on the PATH. */
import type { Platform } from "../platform/platform.ts";

const EXECUTE_BITS = 0o111;

/** Whether a program of this name is on the PATH. */
export function isOnPath(platform: Platform, name: string): boolean {
  const isWindows = platform.system === "windows";
  const names = isWindows ? [`${name}.exe`, `${name}.cmd`] : [name];
  return (platform.env("PATH") ?? "").split(isWindows ? ";" : ":")
    .filter((directory) => directory !== "")
    .some((directory) =>
      names.some((one) => isExecutable(platform, `${directory}/${one}`))
    );
}

function isExecutable(platform: Platform, path: string): boolean {
  try {
    if (platform.files.inspectTarget(path)?.kind !== "file") return false;
    const mode = platform.attributes.mode(path) ?? 0;
    return platform.system === "windows" || (mode & EXECUTE_BITS) !== 0;
  } catch {
    return false;
  }
}

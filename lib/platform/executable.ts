/** Whether a program is ptrack, or a runtime that runs its source. */

const RUNTIME = /[/\\](deno|bun|node)(\.exe)?$/i;

/** The path if the program there is ptrack itself; null if it is a runtime. */
export function executableAt(path: string): string | null {
  return RUNTIME.test(path) ? null : path;
}

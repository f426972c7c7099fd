/** What git says of the files in a checkout. */
import { basename } from "@std/path";
import { withFallback } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { ask } from "./ask.ts";

/** A .gitignore is never longer. */
const LONGEST_BYTES = 1024 * 1024;
/** What a line may add to the name of a directory. */
const TAIL = /[/*]+$/;

/** Whether git keeps something at a path in its index. */
export async function isTrackedByGit(
  platform: Platform,
  repository: string,
  path: string,
): Promise<boolean> {
  const git = ["git", "--literal-pathspecs", "-C", repository];
  const answer = await ask(platform, [...git, "ls-files", "--", path]);
  return answer?.code === 0 && answer.stdout !== "";
}

/** Whether git ignores a path; without git, whether a file says so. */
export async function isIgnoredByGit(
  platform: Platform,
  repository: string,
  path: string,
): Promise<boolean> {
  const command = ["git", "-C", repository, "check-ignore", "-q", path];
  const answer = await ask(platform, command);
  // 128: git would not say; 127 and the like: there is no git.
  if (answer !== null && answer.code < 2) return answer.code === 0;
  const names = [path, basename(path)].map((name) => name.replace(TAIL, ""));
  return [".gitignore", ".git/info/exclude"].some((name) => {
    const file = `${repository}/${name}`;
    const read = () => platform.files.readText(file, LONGEST_BYTES);
    return withFallback(read, "").split(/\r?\n/).some((line) => {
      const plain = line.trim().replace(/^\/|^\*\*\//, "").replace(TAIL, "");
      return names.includes(plain);
    });
  });
}

/** What git says of the files in a checkout. */
import { basename } from "@std/path";
import { withFallback } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { ask } from "./ask.ts";

/** A .gitignore is never longer. */
const LONGEST_BYTES = 1024 * 1024;

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
  return [".gitignore", ".git/info/exclude"].some((name) => {
    const file = `${repository}/${name}`;
    const text = withFallback(
      () => platform.files.readText(file, LONGEST_BYTES),
      "",
    );
    return isListed(text, path) || isListed(text, basename(path));
  });
}

/** Whether a line of a .gitignore names a path. */
function isListed(text: string, path: string): boolean {
  const wanted = path.replace(/[/*]+$/, "");
  return text.split(/\r?\n/).some((line) => {
    const plain = line.trim().replace(/^\/|^\*\*\//, "").replace(/[/*]+$/, "");
    return plain === wanted;
  });
}

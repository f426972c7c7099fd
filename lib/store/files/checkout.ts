/**
 * The git checkout that a directory is in, and the branch in it, as git keeps
 * them in files. Nothing is spawned.
 */
import { basename } from "@std/path";
import type { Platform } from "../../platform/platform.ts";
import {
  below,
  linkedGitDirectory,
  look,
  parentOf,
  readPointer,
} from "./root.ts";

/** What git keeps of the checkout that a directory is in. */
export interface Checkout {
  /** Its root. */
  path: string;
  /** The name of a linked worktree's directory; null in the main checkout. */
  worktree: string | null;
  /** The branch that is checked out; null if none is. */
  branch: string | null;
}

/** The checkout that a directory (an absolute path) is in; null outside git. */
export function findCheckout(
  platform: Platform,
  from: string,
): Checkout | null {
  let path = from;
  while (look(platform, below(path, ".git")) === null) {
    const parent = parentOf(platform, path);
    if (parent === path) return null;
    path = parent;
  }
  const linked = linkedGitDirectory(platform, path);
  const gitDirectory = linked ?? below(path, ".git");
  const head = readPointer(platform, below(gitDirectory, "HEAD"));
  // A submodule has its git directory elsewhere, too, but shares it with none.
  const isWorktree = linked !== null &&
    look(platform, below(linked, "commondir")) !== null;
  return {
    path,
    worktree: isWorktree ? basename(path) : null,
    branch: head?.match(/^ref: refs\/heads\/(.+)$/m)?.[1]?.trim() ?? null,
  };
}

/**
 * Checking `.parallel`: whether it exists, is ignored by git, on a local disk
 * and writable, and whether killed writers have left temporary files in it.
 */
import { dirname } from "@std/path";
import { errorCode, explain, withFallback } from "../../errors.ts";
import { removeQuietly } from "../../platform/files.ts";
import type { Directory, Platform } from "../../platform/platform.ts";
import { isIgnoredByGit, isTrackedByGit } from "../../process/git.ts";
import { processInspector } from "../../process/owners.ts";
import { belongsToUs, findCheckout, inspectVisible } from "../checkout.ts";
import type { StoreCheck } from "../store.ts";
import {
  accessOf,
  IGNORE_NAME,
  listSessions,
  listWorkspaces,
  openRoot,
  PRIVATE,
  TEMPORARY_NAME,
} from "./layout.ts";

/** How old an abandoned file is; a writer needs it for milliseconds. */
const ABANDONED_S = 600;
const ABANDONED_BY_DEAD_WRITER_S = 60;

/** Checks `.parallel`; see SessionStore.check. */
export async function checkRoot(
  platform: Platform,
  root: string,
  depth: "look" | "write" | "fix",
): Promise<StoreCheck> {
  const exists = inspectVisible(platform, root) !== null;
  const check: StoreCheck = {
    exists,
    git: await checkGit(platform, root, exists),
    access: exists && platform.system !== "windows"
      ? accessOf(platform.files, root)
      : null,
    networkFileSystem: null,
    writeProblem: "",
    isFull: false,
    clockOffsetS: 0,
    temporaries: 0,
    fixProblem: "",
  };
  if (!exists) return check;
  const { files } = platform;
  check.networkFileSystem = files.networkFileSystem(root);
  if (depth !== "look") Object.assign(check, tryToWrite(platform, root));
  eachTemporary(platform, root, (directory, name) => {
    check.temporaries++;
    try {
      if (depth === "fix") directory.remove(name);
    } catch (error) {
      check.fixProblem = explain(error);
    }
  });
  return check;
}

async function checkGit(
  platform: Platform,
  root: string,
  exists: boolean,
): Promise<StoreCheck["git"]> {
  const repository = findCheckout(platform, dirname(root))?.path;
  if (repository === undefined) return null;
  const name = root.slice(repository.length).replace(/^[/\\]/, "");
  const path = exists ? name : `${name}/`;
  if (await isTrackedByGit(platform, repository, path)) return "tracked";
  if (await isIgnoredByGit(platform, repository, path)) return "ignored";
  const ignorePath = `${root}/${IGNORE_NAME}`;
  const readIgnored = () => platform.files.readText(ignorePath, 64 * 1024);
  const isHidden = withFallback(readIgnored, "").split(/\r?\n/).includes("*");
  return isHidden ? "hidden by itself" : "not ignored";
}

/** Writes a file as sessions do, and compares its time with the clock. */
function tryToWrite(platform: Platform, path: string): Partial<StoreCheck> {
  const name = `.doctor.${platform.pid}.${platform.randomId()}`;
  let root: Directory | null = null;
  try {
    root = openRoot(platform, path, "write");
    if (root === null) return {};
    root.createNew(name, new TextEncoder().encode("x\n"), {
      flush: true,
      mode: PRIVATE.file,
    });
    const { modifiedUs = 0 } = root.inspect(name) ?? {};
    root.remove(name);
    return { clockOffsetS: (modifiedUs - platform.clock.nowUs()) / 1e6 };
  } catch (error) {
    // A full disk takes the name of a file, but not what is in it.
    if (root !== null) removeQuietly(root, name);
    const isFull = ["ENOSPC", "EDQUOT"].includes(errorCode(error));
    return { writeProblem: explain(error), isFull };
  } finally {
    root?.close();
  }
}

/** Visits the files that killed writers have left in sessions' directories. */
function eachTemporary(
  platform: Platform,
  path: string,
  visit: (directory: Directory, name: string) => void,
): void {
  const root = openRoot(platform, path, "read");
  if (root === null) return;
  for (const name of listWorkspaces(root, path)) {
    const workspace = openQuietly(platform, root, name);
    if (workspace === null) continue;
    for (const sessionId of listSessions(workspace, `${path}/${name}`)) {
      const directory = openQuietly(platform, workspace, sessionId);
      if (directory === null) continue;
      const entries = withFallback(() => directory.list("."), []);
      for (const { name } of entries) {
        if (isAbandoned(platform, directory, name)) visit(directory, name);
      }
      directory.close();
    }
    workspace.close();
  }
  root.close();
}

/** A link, what is another user's, and what may not be opened is passed over. */
function openQuietly(
  platform: Platform,
  parent: Directory,
  name: string,
): Directory | null {
  const directory = withFallback(() => parent.openDirectory(name), null);
  if (directory === null || belongsToUs(platform, directory.facts())) {
    return directory;
  }
  directory.close();
  return null;
}

function isAbandoned(
  platform: Platform,
  directory: Directory,
  name: string,
): boolean {
  const pid = TEMPORARY_NAME.exec(name)?.[1];
  if (pid === undefined) return false;
  const info = directory.inspect(name);
  // Its writer may have renamed it meanwhile.
  if (info?.kind !== "file") return false;
  const ageS = (platform.clock.nowUs() - info.modifiedUs) / 1e6;
  const writer = processInspector(platform).inspect(Number(pid)).kind;
  return ageS > (writer === "gone" ? ABANDONED_BY_DEAD_WRITER_S : ABANDONED_S);
}

/**
 * Checking `.parallel`: whether it exists, is ignored by git, on a local disk
 * and writable, and whether killed writers have left temporary files in it.
 */
import { dirname } from "@std/path";
import { errorCode, explain } from "../../errors.ts";
import type { Files, Platform } from "../../platform/platform.ts";
import { isIgnoredByGit, isTrackedByGit } from "../../process/git.ts";
import { processInspector } from "../../process/owners.ts";
import { findCheckout, inspectVisible } from "../checkout.ts";
import type { CheckOptions, StoreCheck } from "../store.ts";
import {
  IGNORE_NAME,
  listSessions,
  listWorkspaces,
  sessionPaths,
} from "./layout.ts";

/** The temporary files of replaceFile, and the process that wrote them. */
const TEMPORARY = /^\.(?:status\.json|COMPLETED|FAILED)\.(\d{1,10})\.\w+$/;
/** How old an abandoned file is; a writer needs it for milliseconds. */
const ABANDONED_S = 600;
const ABANDONED_BY_DEAD_WRITER_S = 60;

/** Checks `.parallel`; see SessionStore.check. */
export async function checkRoot(
  platform: Platform,
  root: string,
  { write, fix }: CheckOptions,
): Promise<StoreCheck> {
  const exists = inspectVisible(platform, root) !== null;
  const check: StoreCheck = {
    exists,
    git: await checkGit(platform, root, exists),
    networkFileSystem: null,
    writeProblem: "",
    clockOffsetS: 0,
    temporaries: 0,
    fixProblem: "",
  };
  if (!exists) return check;
  check.networkFileSystem = platform.files.networkFileSystem(root);
  if (write) Object.assign(check, tryToWrite(platform, root));
  const temporaries = findTemporaries(platform, root);
  check.temporaries = temporaries.length;
  if (fix) check.fixProblem = removeAll(platform.files, temporaries);
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
  if (await isIgnoredByGit(platform, repository, [path])) return "ignored";
  return isHidden(platform.files, root) ? "hidden by itself" : "not ignored";
}

function isHidden(files: Files, root: string): boolean {
  try {
    const text = files.readText(`${root}/${IGNORE_NAME}`, 64 * 1024);
    return text.split(/\r?\n/).includes("*");
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return false;
  }
}

/** Writes a file as sessions do, and compares its time with the clock. */
function tryToWrite(platform: Platform, root: string): Partial<StoreCheck> {
  const { files, clock } = platform;
  const path = `${root}/.doctor.${platform.pid}.${platform.randomId()}`;
  try {
    files.createNew(path, new TextEncoder().encode("x\n"), true);
    const { modifiedUs = 0 } = files.inspect(path) ?? {};
    files.remove(path);
    return { clockOffsetS: (modifiedUs - clock.nowUs()) / 1e6 };
  } catch (error) {
    return { writeProblem: explain(error) };
  }
}

/** The paths of temporary files that killed writers have left. */
function findTemporaries(platform: Platform, root: string): string[] {
  const { files } = platform;
  return listWorkspaces(files, root).flatMap((workspace) => {
    const sessions = listSessions(files, root, workspace) ?? [];
    return sessions.flatMap((sessionId) => {
      const { directory } = sessionPaths(root, { workspace, sessionId });
      return namesIn(files, directory)
        .filter((name) => isAbandoned(platform, directory, name))
        .map((name) => `${directory}/${name}`);
    });
  });
}

/** The names in a directory; none if it is a link, or cannot be read. */
function namesIn(files: Files, directory: string): string[] {
  try {
    return files.inspect(directory)?.kind === "directory"
      ? files.list(directory).map(({ name }) => name)
      : [];
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return [];
  }
}

function isAbandoned(
  platform: Platform,
  directory: string,
  name: string,
): boolean {
  const pid = TEMPORARY.exec(name)?.[1];
  if (pid === undefined) return false;
  const info = platform.files.inspect(`${directory}/${name}`);
  // Its writer may have renamed it meanwhile.
  if (info?.kind !== "file") return false;
  const ageS = (platform.clock.nowUs() - info.modifiedUs) / 1e6;
  const isDead =
    processInspector(platform).inspect(Number(pid)).kind === "gone";
  return ageS > (isDead ? ABANDONED_BY_DEAD_WRITER_S : ABANDONED_S);
}

/** Returns why one of them cannot be removed; "" if all are. */
function removeAll(files: Files, paths: readonly string[]): string {
  try {
    for (const path of paths) files.remove(path);
    return "";
  } catch (error) {
    return explain(error);
  }
}

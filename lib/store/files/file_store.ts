/**
 * The store in files: `.parallel/<workspace>/<session>/` (docs/format.md), and
 * where `.parallel` is.
 */
import { resolve } from "@std/path";
import {
  NotFoundError,
  RefusedError,
  StorageError,
  storageError,
} from "../../errors.ts";
import type { FileInfo, Platform } from "../../platform/platform.ts";
import { sessionName } from "../../session/names.ts";
import type { SessionRef, SessionView } from "../../session/types.ts";
import type {
  Decide,
  Feed,
  LogPage,
  LogRange,
  Recorded,
  RecordOptions,
  SessionEntry,
  SessionStore,
  StoreCheck,
  WorkspaceSurvey,
} from "../store.ts";
import { below, inspectVisible, mainCheckout, parentOf } from "../checkout.ts";
import {
  listSessions,
  listWorkspaces,
  makeDirectories,
  makeRoot,
  ROOT_NAME,
  sessionPaths,
} from "./layout.ts";
import { readLog } from "./log.ts";
import { listEntries, readSession, readSessions } from "./read.ts";
import { recordEvent } from "./write.ts";

/**
 * Sessions in files below `root`, the `.parallel` directory. All file access is
 * synchronous; only modules that are seldom needed are waited for.
 */
export class FileStore implements SessionStore {
  readonly location: string;
  readonly #platform: Platform;

  constructor(platform: Platform, root: string) {
    this.#platform = platform;
    this.location = root;
  }

  environment(): Record<string, string> {
    return { PTRACK_DIR: this.location };
  }

  workspaces(): Promise<string[]> {
    return promiseOf(() => listWorkspaces(this.#platform.files, this.location));
  }

  sessionIds(workspace: string): Promise<string[]> {
    const { files } = this.#platform;
    return promiseOf(() => listSessions(files, this.location, workspace) ?? []);
  }

  read(ref: SessionRef): Promise<SessionView | null> {
    const paths = sessionPaths(this.location, ref);
    return promiseOf(() => readSession(this.#platform, paths));
  }

  list(workspace: string): Promise<SessionEntry[] | null> {
    const { files } = this.#platform;
    return promiseOf(() => listEntries(files, this.location, workspace));
  }

  readSome(
    workspace: string,
    entries: readonly SessionEntry[],
  ): Promise<SessionView[]> {
    const some = { workspace, entries };
    return promiseOf(() => readSessions(this.#platform, this.location, some));
  }

  async record(
    ref: SessionRef,
    decide: Decide,
    { create = false, flush }: RecordOptions = {},
  ): Promise<Recorded> {
    const { files } = this.#platform;
    const paths = sessionPaths(this.location, ref);
    let isNew = false;
    const prepare = create
      ? () => void (isNew = makeDirectories(files, paths) || isNew)
      : undefined;
    try {
      const order = { decide, prepare, flush };
      const recorded = recordEvent(this.#platform, paths, order);
      const network = create ? files.networkFileSystem(this.location) : null;
      if (network !== null) {
        recorded.warnings.push(
          `"${this.location}" is on ${network}, where events can be lost; ` +
            "keep .parallel on a local disk",
        );
      }
      return recorded;
    } catch (error) {
      if (error instanceof NotFoundError) {
        throw new NotFoundError(
          `Cannot find ${sessionName(ref)}: begin it with ptrack start ` +
            `-s ${ref.sessionId}`,
        );
      }
      // A start that failed must not leave a session that never ends.
      const isEmpty = ({ condition }: SessionView) => condition === "empty";
      if (isNew) await this.remove(ref, isEmpty).catch(() => false);
      throw error;
    }
  }

  readLog(ref: SessionRef, range: LogRange = {}): Promise<LogPage | null> {
    const paths = sessionPaths(this.location, ref);
    return promiseOf(() => readLog(this.#platform.files, paths, range));
  }

  async feed(workspace: string | null, pollIntervalMs: number): Promise<Feed> {
    const { FileFeed } = await import("./feed.ts");
    const place = { root: this.location, workspace, pollIntervalMs };
    return new FileFeed(this.#platform, place);
  }

  async remove(
    ref: SessionRef,
    mayGo: (view: SessionView) => boolean,
  ): Promise<boolean> {
    const { removeSession } = await import("./remove.ts");
    const paths = sessionPaths(this.location, ref);
    return removeSession(this.#platform, paths, mayGo);
  }

  removeWorkspace(workspace: string): Promise<boolean> {
    const path = `${this.location}/${workspace}`;
    return promiseOf(() => {
      try {
        return this.#platform.files.removeEmptyDirectory(path);
      } catch (error) {
        throw storageError(`Cannot remove "${path}"`, error);
      }
    });
  }

  async survey(workspace: string | null): Promise<WorkspaceSurvey[]> {
    const { surveyWorkspaces } = await import("./remove.ts");
    return surveyWorkspaces(this.#platform, this.location, workspace);
  }

  create(): Promise<void> {
    return promiseOf(() => makeRoot(this.#platform.files, this.location));
  }

  async check(depth: "look" | "write" | "fix"): Promise<StoreCheck> {
    const { checkRoot } = await import("./check.ts");
    return await checkRoot(this.#platform, this.location, depth);
  }
}

/** Calls a function at once; what it throws rejects the promise. */
function promiseOf<T>(act: () => T): Promise<T> {
  return new Promise((resolve) => resolve(act()));
}

/**
 * The path of the `.parallel` directory, which need not exist yet: the named
 * one; in git the nearest upwards within the repository, else at the root of the
 * main checkout, so that all worktrees share one; outside git the nearest
 * upwards, else here. Starts no process.
 * Throws RefusedError if it belongs to another user, StorageError if it is no
 * directory or the present one is gone.
 */
export function findRoot(
  platform: Platform,
  named: string | null,
  from?: string,
): string {
  // `resolve` is slow, and the working directory may be gone.
  if (named?.startsWith("/")) return checkOwner(platform, named);
  const here = from ?? presentDirectory(platform);
  if (named !== null) return checkOwner(platform, resolve(here, named));
  return searchUpwards(platform, here);
}

function searchUpwards(platform: Platform, here: string): string {
  let stranger: string | null = null;
  for (let directory = here;;) {
    const path = below(directory, ROOT_NAME);
    const info = inspectVisible(platform, path);
    if (info?.kind === "directory") {
      if (belongsToUs(platform, info)) return path;
      stranger ??= path;
    }
    if (inspectVisible(platform, below(directory, ".git")) !== null) {
      // In a repository it is the one to use; elsewhere it is skipped.
      if (stranger !== null) return checkOwner(platform, stranger);
      const main = mainCheckout(platform, directory);
      return checkOwner(platform, below(main, ROOT_NAME));
    }
    const parent = parentOf(platform, directory);
    if (parent === directory) {
      return checkOwner(platform, below(here, ROOT_NAME));
    }
    directory = parent;
  }
}

function presentDirectory(platform: Platform): string {
  try {
    return platform.workingDirectory();
  } catch (error) {
    throw storageError("Cannot tell the working directory", error);
  }
}

function checkOwner(platform: Platform, path: string): string {
  const info = inspectVisible(platform, path);
  if (info === null) return path;
  if (info.kind !== "directory") {
    throw new StorageError(`Cannot use "${path}": it is not a directory`);
  }
  if (belongsToUs(platform, info)) return path;
  throw new RefusedError(
    `Cannot use "${path}": it belongs to another user; ` +
      `name your own with --dir or PTRACK_DIR`,
  );
}

function belongsToUs(platform: Platform, info: FileInfo): boolean {
  return platform.uid === null || info.uid === null ||
    info.uid === platform.uid;
}

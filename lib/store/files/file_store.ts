/**
 * The store in files: `.parallel/<workspace>/<session>/` (docs/format.md), and
 * where `.parallel` is.
 */
import { resolve } from "@std/path";
import { NotFoundError, StorageError, storageError } from "../../errors.ts";
import type { Directory, Platform } from "../../platform/platform.ts";
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
  belongsToUs,
  listSessions,
  listWorkspaces,
  makeDirectories,
  makeRoot,
  openRoot,
  openWorkspace,
  ROOT_NAME,
  type SessionPlace,
  strangersDirectory,
} from "./layout.ts";
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
    return this.#withRoot((root) =>
      root === null ? [] : listWorkspaces(root, this.location)
    );
  }

  sessionIds(workspace: string): Promise<string[]> {
    const path = `${this.location}/${workspace}`;
    return this.#withWorkspace(
      workspace,
      (directory) => directory === null ? [] : listSessions(directory, path),
    );
  }

  async read(ref: SessionRef): Promise<SessionView | null> {
    const { readSession } = await import("./read.ts");
    const { clock } = this.#platform;
    return await this.#withSession(ref, (place) => readSession(clock, place));
  }

  async list(name: string): Promise<SessionEntry[] | null> {
    const { listEntries } = await import("./read.ts");
    const path = `${this.location}/${name}`;
    return await this.#withWorkspace(
      name,
      (workspace) => workspace && listEntries(workspace, path),
    );
  }

  async readSome(
    name: string,
    entries: readonly SessionEntry[],
  ): Promise<SessionView[]> {
    const { readSessions } = await import("./read.ts");
    const { clock } = this.#platform;
    return await this.#withWorkspace(
      name,
      (workspace) => readSessions(clock, { workspace, name, entries }),
    );
  }

  async record(
    ref: SessionRef,
    decide: Decide,
    { create = false, flush }: RecordOptions = {},
  ): Promise<Recorded> {
    const { location: root } = this;
    const platform = this.#platform;
    let isNew = false;
    const prepare = create
      ? () => void (isNew = makeDirectories(platform, root, ref) || isNew)
      : undefined;
    try {
      const order = { root, ref, decide, prepare, flush };
      const recorded = await recordEvent(platform, order);
      const network = create ? platform.files.networkFileSystem(root) : null;
      if (network !== null) {
        recorded.warnings.push(
          `"${root}" is on ${network}, where events can be lost; ` +
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

  async readLog(
    ref: SessionRef,
    range: LogRange = {},
  ): Promise<LogPage | null> {
    const { readLog } = await import("./log_pages.ts");
    return await this.#withSession(ref, (place) => readLog(place, range));
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
    const path = `${this.location}/${ref.workspace}/${ref.sessionId}`;
    return await this.#withSession(
      ref,
      (place) => removeSession(this.#platform, { place, path }, mayGo),
    ) ?? false;
  }

  removeWorkspace(workspace: string): Promise<boolean> {
    return this.#withRoot((root) => {
      try {
        return root?.removeEmptyDirectory(workspace) ?? false;
      } catch (error) {
        const path = `${this.location}/${workspace}`;
        throw storageError(`Cannot remove "${path}"`, error);
      }
    });
  }

  async survey(workspace: string | null): Promise<WorkspaceSurvey[]> {
    const { surveyWorkspaces } = await import("./remove.ts");
    return await this.#withRoot((root) =>
      surveyWorkspaces(this.#platform, { root, path: this.location }, workspace)
    );
  }

  create(): Promise<void> {
    return promiseOf(() => makeRoot(this.#platform.files, this.location));
  }

  async share(): Promise<void> {
    const { share } = await import("./share.ts");
    await this.#withRoot((root) => {
      try {
        if (root !== null) share(root);
      } catch (error) {
        throw storageError(`Cannot share "${this.location}"`, error);
      }
    });
  }

  async check(depth: "look" | "write" | "fix"): Promise<StoreCheck> {
    const { checkRoot } = await import("./check.ts");
    return await checkRoot(this.#platform, this.location, depth);
  }

  /** Calls with `.parallel`, opened; null if it does not exist. */
  #withRoot<T>(act: (root: Directory | null) => T): Promise<T> {
    return promiseOf(() => {
      const root = openRoot(this.#platform, this.location);
      try {
        return act(root);
      } finally {
        root?.close();
      }
    });
  }

  #withWorkspace<T>(
    name: string,
    act: (workspace: Directory | null) => T,
  ): Promise<T> {
    return this.#withRoot((root) => {
      const workspace = openWorkspace(root, name);
      try {
        return act(workspace);
      } finally {
        workspace?.close();
      }
    });
  }

  /** Null if its workspace does not exist. */
  #withSession<T>(
    ref: SessionRef,
    act: (place: SessionPlace) => T,
  ): Promise<T | null> {
    const { workspace: name, sessionId } = ref;
    return this.#withWorkspace(
      name,
      (workspace) => workspace && act({ ref, workspace, name: sessionId }),
    );
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
  throw strangersDirectory(path);
}

/**
 * The store in files: `.parallel/<workspace>/<session>/` (docs/format.md), and
 * where `.parallel` is.
 */
import { basename, resolve } from "@std/path";
import {
  NotFoundError,
  RefusedError,
  StorageError,
  storageError,
} from "../../errors.ts";
import type { Directory, Platform } from "../../platform/platform.ts";
import { withoutSecrets } from "../../session/event.ts";
import { sessionName } from "../../session/names.ts";
import type { SessionRef, SessionView } from "../../session/types.ts";
import type {
  Decide,
  Feed,
  LogPage,
  LogRange,
  Recorded,
  RecordOptions,
  Search,
  SessionEntry,
  SessionStore,
  StoreCheck,
  WorkspaceSurvey,
} from "../store.ts";
import {
  belongsToUs,
  below,
  followLinks,
  inspectVisible,
  isCheckout,
  isHome,
  mainCheckout,
  parentOf,
} from "../checkout.ts";
import {
  contentsOf,
  listSessions,
  listWorkspaces,
  makeDirectories,
  makeRoot,
  NAME_ONE,
  notADirectory,
  openRoot,
  openWorkspace,
  requireOwn,
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
      const masked: Decide = async (view) => withoutSecrets(await decide(view));
      const order = { root, ref, decide: masked, prepare, flush };
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
    const { workspace: name, sessionId } = ref;
    const remove = (workspace: Directory | null) => {
      const place = workspace && { ref, workspace, name: sessionId };
      return place !== null &&
        removeSession(this.#platform, { place, path }, mayGo);
    };
    try {
      return await this.#withWorkspace(name, remove, "write");
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  removeWorkspace(workspace: string): Promise<boolean> {
    return this.#withRoot((root) => {
      try {
        return root?.removeEmptyDirectory(workspace) ?? false;
      } catch (error) {
        const path = `${this.location}/${workspace}`;
        throw storageError(`Cannot remove "${path}"`, error);
      }
    }, "write");
  }

  async survey(workspace: string | null): Promise<WorkspaceSurvey[]> {
    const { surveyWorkspaces } = await import("./remove.ts");
    return await this.#withRoot((root) =>
      surveyWorkspaces(this.#platform, { root, path: this.location }, workspace)
    );
  }

  create(): Promise<void> {
    return promiseOf(() => makeRoot(this.#platform, this.location).close());
  }

  async share(): Promise<void> {
    const { share } = await import("./share.ts");
    await this.#withRoot((root) => {
      try {
        if (root !== null) share(root);
      } catch (error) {
        throw storageError(`Cannot share "${this.location}"`, error);
      }
    }, "write");
  }

  async check(depth: "look" | "write" | "fix"): Promise<StoreCheck> {
    const { checkRoot } = await import("./check.ts");
    return await checkRoot(this.#platform, this.location, depth);
  }

  /** Calls with `.parallel`, opened; null if it does not exist. */
  #withRoot<T>(
    act: (root: Directory | null) => T,
    use: "read" | "write" = "read",
  ): Promise<T> {
    return promiseOf(() => {
      const root = openRoot(this.#platform, this.location, use);
      try {
        return act(root);
      } finally {
        root?.close();
      }
    });
  }

  /** Calls with a workspace, opened; null if it does not exist. */
  #withWorkspace<T>(
    name: string,
    act: (workspace: Directory | null) => T,
    use: "read" | "write" = "read",
  ): Promise<T> {
    return this.#withRoot((root) => {
      const workspace = openWorkspace(root, name);
      try {
        if (workspace !== null && use === "write") {
          requireOwn(this.#platform, workspace, `${this.location}/${name}`);
        }
        return act(workspace);
      } finally {
        workspace?.close();
      }
    }, use);
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
 * upwards, but not from below the home directory's, else here. A link is never
 * found, a named one is followed. Starts no process.
 * Throws RefusedError if the one that is found is not the user's or not
 * ptrack's, StorageError if it is no directory or the present one is gone.
 */
export function findRoot(
  platform: Platform,
  named: string | null,
  search: Search = {},
): string {
  // `resolve` is slow, and the working directory may be gone.
  if (named?.startsWith("/") && !/[/.]$/.test(named)) {
    return namedRoot(platform, named);
  }
  const here = search.from ?? presentDirectory(platform);
  if (named !== null) return namedRoot(platform, resolve(here, named));
  return searchUpwards(platform, here, search);
}

function presentDirectory(platform: Platform): string {
  try {
    return platform.workingDirectory();
  } catch (error) {
    throw storageError("Cannot tell the working directory", error);
  }
}

/** A directory that the user has named; if by a link, what that leads to. */
function namedRoot(platform: Platform, path: string): string {
  const kind = inspectVisible(platform, path, "itself")?.kind;
  if (kind === undefined) return path;
  if (kind === "directory") {
    // A project's own directory, for example, would be hidden from git.
    const isMeant = basename(path) === ROOT_NAME;
    return isMeant ? path : requireOurs(platform, path);
  }
  if (kind !== "symlink") throw notADirectory(path, kind);
  return namedRoot(platform, followLinks(platform, path));
}

function searchUpwards(
  platform: Platform,
  here: string,
  { mayMake = false }: Search,
): string {
  let stranger: string | null = null;
  for (let directory = here;;) {
    const path = below(directory, ROOT_NAME);
    const isRepository = isCheckout(platform, directory);
    const info = inspectVisible(platform, path, "itself");
    // GNU parallel's, which may well be a link among a user's settings.
    const isPassed = info !== null && !isRepository && directory !== here &&
      isHome(platform, directory);
    if (info?.kind === "symlink" && !isPassed) {
      throw notADirectory(path, info.kind);
    }
    if (info?.kind === "directory" && !isPassed) {
      if (!belongsToUs(platform, info)) stranger ??= path;
      else if (contentsOf(platform.files, path).other === "") return path;
    }
    if (isRepository) {
      // In a repository it is the one to use; elsewhere it is skipped.
      const main = below(mainCheckout(platform, directory), ROOT_NAME);
      return requireUsable(platform, stranger ?? main);
    }
    const parent = parentOf(platform, directory);
    if (parent === directory) {
      if (!mayMake) requireNotHome(platform, here);
      return requireUsable(platform, below(here, ROOT_NAME));
    }
    directory = parent;
  }
}

/** In a home directory `.parallel` must have been made for ptrack. */
function requireNotHome(platform: Platform, here: string): void {
  const path = below(here, ROOT_NAME);
  if (!isHome(platform, here)) return;
  if (inspectVisible(platform, path, "itself") !== null) return;
  throw new RefusedError(
    `Cannot use "${path}": in a home directory it has to be made first, since ` +
      `GNU parallel uses that name, too; run ptrack init, or ${NAME_ONE}`,
  );
}

function requireUsable(platform: Platform, path: string): string {
  const info = inspectVisible(platform, path, "itself");
  if (info === null) return path;
  if (info.kind !== "directory") throw notADirectory(path, info.kind);
  if (!belongsToUs(platform, info)) throw strangersDirectory(path);
  return requireOurs(platform, path);
}

/** Throws StorageError if a directory is another program's. */
function requireOurs({ files }: Platform, path: string): string {
  const { other } = contentsOf(files, path);
  if (other === "") return path;
  throw new StorageError(`Cannot use "${path}": ${other}; ${NAME_ONE}`);
}

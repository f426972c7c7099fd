/**
 * The sessions of one workspace as last read. Only those that are marked as
 * dirty are read again; a sweep marks those whose files have another stamp, and
 * opens no file.
 */
import type { FileInfo } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import {
  inspectQuietly,
  isSession,
  listSessions,
  type SessionPaths,
  sessionPaths,
} from "./layout.ts";
import { type Reader, readSession } from "./read.ts";

/** A session, and the stamps of its files from just before it was read. */
interface CacheEntry {
  view: SessionView;
  /** Of directory, status and log; of a link, which is not followed, none. */
  stamps: string[];
}

/** What was last read of a workspace. */
export class WorkspaceCache {
  /** Sessions to be read again: they have changed, begun or gone. */
  readonly dirty = new Set<string>();
  readonly #platform: Reader;
  readonly #root: string;
  readonly #workspace: string;
  readonly #entries = new Map<string, CacheEntry>();
  /** All sessions in order; null until sorted again. */
  #views: SessionView[] | null = null;

  constructor(platform: Reader, root: string, workspace: string) {
    this.#platform = platform;
    this.#root = root;
    this.#workspace = workspace;
  }

  /**
   * Marks the sessions whose files have changed. Returns whether there are any;
   * null if the workspace is not there.
   */
  sweep(): boolean | null {
    const { files } = this.#platform;
    const names = listSessions(files, this.#root, this.#workspace);
    if (names === null) return null;
    for (const name of new Set([...names, ...this.#entries.keys()])) {
      const entry = this.#entries.get(name);
      const isFresh = entry !== undefined && this.#isFresh(name, entry);
      if (!isFresh) this.dirty.add(name);
    }
    return this.dirty.size > 0;
  }

  /** The sessions now, in the order of their names. */
  read(): SessionView[] {
    for (const name of this.dirty) this.#readAgain(name);
    if (this.dirty.size > 0) this.#views = null;
    this.dirty.clear();
    this.#views ??= [...this.#entries.values()].map(({ view }) => view)
      .sort((a, b) => a.sessionId < b.sessionId ? -1 : 1);
    return this.#views;
  }

  #isFresh(name: string, { view, stamps }: CacheEntry): boolean {
    const paths = this.#pathsOf(name);
    if (view.condition === "unreadable") {
      // A permission or limit may have changed, which no stamp shows.
      const now = readSession(this.#platform, paths);
      return now?.problem === view.problem &&
        now.modifiedUs === view.modifiedUs;
    }
    const [directory, status, log] = stamps;
    if (this.#stampOf(paths.status) !== status) return false;
    if (this.#stampOf(paths.log) !== log) return false;
    // A foreign session may end by a marker alone, which changes only its
    // directory.
    return view.status.ptrack !== undefined ||
      this.#stampOf(paths.directory) === directory;
  }

  #readAgain(name: string): void {
    const paths = this.#pathsOf(name);
    const info = inspectQuietly(this.#platform.files, paths.directory);
    const stamps = info?.kind === "directory"
      ? [stampOf(info), this.#stampOf(paths.status), this.#stampOf(paths.log)]
      : [];
    const isOther = info !== null && !isSession({ name, kind: info.kind });
    const view = isOther ? null : readSession(this.#platform, paths);
    if (view === null) this.#entries.delete(name);
    else this.#entries.set(name, { view, stamps });
  }

  #pathsOf(sessionId: string): SessionPaths {
    return sessionPaths(this.#root, { workspace: this.#workspace, sessionId });
  }

  #stampOf(path: string): string {
    return stampOf(inspectQuietly(this.#platform.files, path));
  }
}

/** Identity, size and time of a file; it changes as they do. */
function stampOf(info: FileInfo | null): string {
  return info === null
    ? "-"
    : `${info.identity}:${info.size}:${info.modifiedUs}`;
}

/**
 * The sessions of one workspace as last read. Only those that are marked as
 * dirty are read again; a sweep marks those whose files have another stamp, and
 * opens no file.
 */
import type { FileInfo } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import {
  inspectQuietly,
  listSessions,
  LOG_NAME,
  STATUS_NAME,
  workspacePath,
} from "./layout.ts";
import { type Reader, readSession } from "./read.ts";

/** Identity, size and time of a session's files; changes as they do. */
interface FileStamp {
  directory: string;
  /** Status and log; "" for a link, which is not followed. */
  files: string;
}

/** A session, and the stamp of its files from just before it was read. */
interface CacheEntry {
  stamp: FileStamp;
  view: SessionView;
}

/** What was last read of a workspace. */
export class WorkspaceCache {
  readonly #platform: Reader;
  readonly #root: string;
  readonly #workspace: string;
  readonly #path: string;
  readonly #entries = new Map<string, CacheEntry>();
  /** Sessions to be read again. */
  readonly #dirty = new Set<string>();
  /** All sessions in order; null until sorted again. */
  #views: SessionView[] | null = null;

  constructor(platform: Reader, root: string, workspace: string) {
    this.#platform = platform;
    this.#root = root;
    this.#workspace = workspace;
    this.#path = workspacePath(root, workspace);
  }

  /** Marks a session that has changed, begun or gone. */
  markDirty(sessionId: string): void {
    this.#dirty.add(sessionId);
  }

  /**
   * Marks the sessions whose files have changed. Returns whether there are any;
   * null if the workspace is not there.
   */
  sweep(): boolean | null {
    const { files } = this.#platform;
    const names = listSessions(files, this.#root, this.#workspace);
    if (names === null) return null;
    const gone = new Set(this.#entries.keys());
    for (const name of names) {
      gone.delete(name);
      const entry = this.#entries.get(name);
      if (entry === undefined || !this.#isFresh(name, entry)) {
        this.#dirty.add(name);
      }
    }
    for (const name of gone) this.#dirty.add(name);
    return this.#dirty.size > 0;
  }

  /** The sessions now, in the order of their names. */
  read(): SessionView[] {
    for (const sessionId of this.#dirty) this.#readAgain(sessionId);
    this.#dirty.clear();
    this.#views ??= [...this.#entries.entries()]
      .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
      .map(([, { view }]) => view);
    return this.#views;
  }

  #isFresh(name: string, { stamp, view }: CacheEntry): boolean {
    const path = `${this.#path}/${name}`;
    const isLink = stamp.files === "";
    if (!isLink && this.#stampOfFiles(path) !== stamp.files) return false;
    // A foreign session may end by a marker alone, which changes only its
    // directory.
    if (view.status.ptrack !== undefined) return true;
    if (
      stampOf(inspectQuietly(this.#platform.files, path)) !== stamp.directory
    ) return false;
    if (view.condition !== "unreadable") return true;
    // A permission or limit may have changed, which no stamp shows.
    return readSession(this.#platform, this.#root, view)?.problem ===
      view.problem;
  }

  #readAgain(sessionId: string): void {
    const stamp = this.#stampAt(`${this.#path}/${sessionId}`);
    const ref = { workspace: this.#workspace, sessionId };
    const view = stamp && readSession(this.#platform, this.#root, ref);
    if (stamp === null || view === null) this.#entries.delete(sessionId);
    else this.#entries.set(sessionId, { stamp, view });
    this.#views = null;
  }

  /** The stamp of a session; null if it does not exist. */
  #stampAt(path: string): FileStamp | null {
    const info = inspectQuietly(this.#platform.files, path);
    const directory = stampOf(info);
    // A name that is not UTF-8 can be listed, but not opened.
    const isNameless = info === null && path.includes("\ufffd");
    if (isNameless || info?.kind === "symlink") return { directory, files: "" };
    if (info?.kind !== "directory") return null;
    return { directory, files: this.#stampOfFiles(path) };
  }

  #stampOfFiles(path: string): string {
    const status = inspectQuietly(
      this.#platform.files,
      `${path}/${STATUS_NAME}`,
    );
    const log = inspectQuietly(this.#platform.files, `${path}/${LOG_NAME}`);
    return `${stampOf(status)} ${stampOf(log)}`;
  }
}

function stampOf(info: FileInfo | null): string {
  return info === null
    ? "-"
    : `${info.identity}:${info.size}:${info.modifiedUs}`;
}

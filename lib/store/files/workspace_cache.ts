/**
 * The sessions of one workspace as last read: those that are marked as dirty
 * are read again, and nothing else. A sweep finds what nobody has told of, by
 * comparing the stamps of all files, without opening any.
 */
import { errorCode } from "../../errors.ts";
import type { FileInfo } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import {
  listSessions,
  LOG_NAME,
  STATUS_NAME,
  workspacePath,
} from "./layout.ts";
import { type Reader, readSession } from "./read.ts";

/** What tells that a session's files have changed, each part as a whole. */
interface FileStamp {
  directory: string;
  /** Status and log; "" where a link stands, which is never followed. */
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

  /** Marks a session as changed, or as come or gone. */
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
    // A session of ours changes through its files; a foreign one may get a
    // marker and no more, which only its directory's time tells.
    if (view.status.ptrack !== undefined) return true;
    if (stampOf(this.#inspect(path)) !== stamp.directory) return false;
    if (view.condition !== "unreadable") return true;
    // What hid it (a limit, a permission) may have gone without a trace.
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

  /** The stamp of a session's files; null if there is no such session. */
  #stampAt(path: string): FileStamp | null {
    const info = this.#inspect(path);
    const directory = stampOf(info);
    // It was listed, but its name is not UTF-8: nobody can look behind it.
    const isNameless = info === null && path.includes("\ufffd");
    if (isNameless || info?.kind === "symlink") return { directory, files: "" };
    if (info?.kind !== "directory") return null;
    return { directory, files: this.#stampOfFiles(path) };
  }

  #stampOfFiles(path: string): string {
    const status = this.#inspect(`${path}/${STATUS_NAME}`);
    const log = this.#inspect(`${path}/${LOG_NAME}`);
    return `${stampOf(status)} ${stampOf(log)}`;
  }

  #inspect(path: string): FileInfo | null {
    try {
      return this.#platform.files.inspect(path);
    } catch (error) {
      if (errorCode(error) === "") throw error;
      return null;
    }
  }
}

function stampOf(info: FileInfo | null): string {
  return info === null
    ? "-"
    : `${info.identity}:${info.size}:${info.modifiedUs}`;
}

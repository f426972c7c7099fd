/**
 * The sessions of one workspace, kept by a feed from one look to the next.
 */
import type { Directory, FileInfo, Platform } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import {
  inspectQuietly,
  isSession,
  listSessions,
  LOG_NAME,
  openWorkspace,
  STATUS_NAME,
} from "./layout.ts";
import { readSession } from "./read.ts";
import { newPatience, type Patience } from "./session_files.ts";

/** A session, and the facts about its files from just before it was read. */
interface CacheEntry {
  view: SessionView;
  status: FileInfo | null;
  log: FileInfo | null;
  directory: FileInfo | null;
}

/**
 * The sessions of one workspace as last read. Only dirty ones are read again; a
 * sweep marks those whose files are not as they were, and opens no file.
 */
export class WorkspaceCache {
  /** Sessions to be read again: they have changed, begun or gone. */
  readonly dirty = new Set<string>();
  readonly #platform: Platform;
  /** The path of `.parallel`. */
  readonly #root: string;
  readonly #name: string;
  readonly #entries = new Map<string, CacheEntry>();
  /** The sessions in the order of their names; null if it must be made anew. */
  #views: SessionView[] | null = null;

  constructor(platform: Platform, root: string, name: string) {
    this.#platform = platform;
    this.#root = root;
    this.#name = name;
  }

  /**
   * Marks the sessions whose files have changed. Returns whether there are any;
   * null if the workspace is not there.
   */
  sweep(root: Directory | null): boolean | null {
    const workspace = openWorkspace(root, this.#name);
    if (workspace === null) return null;
    try {
      const names = listSessions(workspace, `${this.#root}/${this.#name}`);
      for (const name of new Set([...names, ...this.#entries.keys()])) {
        const entry = this.#entries.get(name);
        const isFresh = entry !== undefined &&
          this.#isFresh(workspace, name, entry);
        if (!isFresh) this.dirty.add(name);
      }
      return this.dirty.size > 0;
    } finally {
      workspace.close();
    }
  }

  /** Whether there is a session that may become readable without an event. */
  hasUnreadable(): boolean {
    for (const { view } of this.#entries.values()) {
      if (view.condition === "unreadable") return true;
    }
    return false;
  }

  /**
   * The sessions now, in the order of their names; the same list again while
   * nothing has changed.
   */
  read(root: Directory | null): readonly SessionView[] {
    if (this.dirty.size > 0) {
      this.#views = null;
      const workspace = openWorkspace(root, this.#name);
      const patience = newPatience();
      for (const name of this.dirty) {
        this.#readAgain(workspace, name, patience);
      }
      workspace?.close();
      this.dirty.clear();
    }
    return this.#views ??= [...this.#entries.values()].map(({ view }) => view)
      .sort((a, b) => a.sessionId < b.sessionId ? -1 : 1);
  }

  #isFresh(
    workspace: Directory,
    name: string,
    entry: CacheEntry,
  ): boolean {
    const { view } = entry;
    if (view.condition === "unreadable") {
      // A permission or limit may have changed, which no file shows.
      const now = this.#readSession(workspace, name, { pauses: 0 });
      return now?.problem === view.problem &&
        now.modifiedUs === view.modifiedUs;
    }
    return isSame(entry.status, inspectQuietly(workspace, statusOf(name))) &&
      isSame(entry.log, inspectQuietly(workspace, logOf(name))) &&
      // A foreign session may end by a marker alone, which changes only its
      // directory.
      (view.status.ptrack !== undefined ||
        isSame(entry.directory, inspectQuietly(workspace, name)));
  }

  #readAgain(
    workspace: Directory | null,
    name: string,
    patience: Patience,
  ): void {
    const directory = workspace && inspectQuietly(workspace, name);
    // A link is not followed.
    const below = directory?.kind === "directory" ? workspace : null;
    const status = below && inspectQuietly(below, statusOf(name));
    const log = below && inspectQuietly(below, logOf(name));
    const isOther = directory !== null &&
      !isSession({ name, kind: directory.kind });
    const view = isOther || workspace === null
      ? null
      : this.#readSession(workspace, name, patience);
    if (view === null) this.#entries.delete(name);
    else this.#entries.set(name, { view, status, log, directory });
  }

  #readSession(
    workspace: Directory,
    name: string,
    patience: Patience,
  ): SessionView | null {
    const ref = { workspace: this.#name, sessionId: name };
    const place = { ref, workspace, name };
    return readSession(this.#platform.clock, place, { patience });
  }
}

const statusOf = (name: string) => `${name}/${STATUS_NAME}`;
const logOf = (name: string) => `${name}/${LOG_NAME}`;

/** Whether a file, by the facts about it, is as it was. */
function isSame(before: FileInfo | null, now: FileInfo | null): boolean {
  return before?.modifiedUs === now?.modifiedUs && before?.size === now?.size &&
    before?.identity === now?.identity;
}

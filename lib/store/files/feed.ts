/**
 * Reading sessions again and again, cheaply: file events say which ones have
 * changed. Since events can be lost, a sweep now and then compares all files,
 * the more often the less the events can be trusted. Directories may vanish and
 * come back at any time.
 */
import { basename, dirname, join } from "@std/path";
import { withFallback } from "../../errors.ts";
import type {
  Directory,
  FileInfo,
  Platform,
  Watch,
} from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import type { Feed } from "../store.ts";
import {
  inspectQuietly,
  isSession,
  listSessions,
  listWorkspaces,
  LOG_NAME,
  openRoot,
  openWorkspace,
  STATUS_NAME,
} from "./layout.ts";
import { readSession } from "./read.ts";
import { newPatience, type Patience } from "./session_files.ts";

/** Where a feed reads, and how often at least. */
export interface FeedPlace {
  /** The `.parallel` directory. */
  root: string;
  /** Null for all. */
  workspace: string | null;
  /** The longest time between two sweeps. */
  pollIntervalMs: number;
}

/** Events come in bursts (a write is three): read once after a burst. */
const COLLECT_MS = 30;
/** Between two sweeps while events work, and where nobody knows. */
const SWEEP_MS = { trusted: 20_000, untrusted: 5_000 };
const SHORTEST_POLL_MS = 100;
/** Sweeps take at most one part in so many of the time. */
const SWEEP_SHARE = 400;

/** The feed of a store in files. */
export class FileFeed implements Feed {
  readonly #platform: Platform;
  readonly #place: FeedPlace;
  readonly #pollIntervalMs: number;
  #watch: Watch | null = null;
  /** The watched directory and its identity; "" if none is. */
  #watched = "";
  /** Since the last sweep that was due, an event has come, or it was set up. */
  #isWatchAlive = false;
  /** Whether events work, as far as events and sweeps have shown. */
  #events: "untried" | "working" | "failing" = "untried";
  /** The directory is on another machine, whose changes are no events here. */
  #isOnNetwork = false;
  /** The workspaces that exist, by name. */
  #caches = new Map<string, WorkspaceCache>();
  /** Anything may have changed since the last sweep. */
  #mustSweep = true;
  #sweptUs: number;
  /** What the last sweep that was due has taken. */
  #sweepCostMs = 0;
  #hasNews = false;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(platform: Platform, place: FeedPlace) {
    this.#platform = platform;
    this.#place = place;
    this.#pollIntervalMs = Math.max(SHORTEST_POLL_MS, place.pollIntervalMs);
    this.#sweptUs = platform.clock.nowUs();
  }

  read(): Map<string, readonly SessionView[]> {
    this.#hasNews = false;
    if (this.#mustSweep) this.#sweep();
    const root = openRoot(this.#platform, this.#place.root, "read");
    try {
      return new Map(
        [...this.#caches].map(([name, cache]) => [name, cache.read(root)]),
      );
    } finally {
      root?.close();
    }
  }

  async changed(ms: number, signal?: AbortSignal): Promise<void> {
    let leftMs = ms;
    while (!signal?.aborted && !this.#isClosed) {
      if (this.#hasNews) {
        await this.#platform.clock.sleep(Math.min(COLLECT_MS, ms), signal);
        return;
      }
      if (this.#untilSweepMs() <= 0 && this.#sweepAtTimes()) return;
      if (leftMs <= 0) return;
      const pauseMs = Math.min(leftMs, this.#untilSweepMs());
      await this.#sleep(pauseMs, signal);
      leftMs -= pauseMs;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#endWatch();
    this.#wake();
  }

  /** Watches the directory; while it does not exist, the nearest one above. */
  #ensureWatch(): void {
    const { root, workspace } = this.#place;
    let path = workspace === null ? root : join(root, workspace);
    let next: string | null = null;
    while (!this.#identityOf(path) && dirname(path) !== path) {
      next = basename(path);
      path = dirname(path);
    }
    const watched = `${path} ${this.#identityOf(path)}`;
    if (watched === this.#watched) return;
    this.#endWatch();
    this.#watched = watched;
    this.#isWatchAlive = true;
    this.#isOnNetwork = this.#platform.files.networkFileSystem(path) !== null;
    this.#watch = this.#platform.watch(path, next === null, (changed) => {
      if (next === null) this.#onEvent(changed);
      else if (changed === null || changed === next) this.#onEvent(null);
    });
  }

  #endWatch(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#watched = "";
  }

  #identityOf(path: string): string | undefined {
    const { files } = this.#platform;
    const info = withFallback(() => files.inspectTarget(path), null);
    return info?.kind === "directory" ? info.identity : undefined;
  }

  /** Notes a change at a path below the watched directory; null: anywhere. */
  #onEvent(path: string | null): void {
    this.#isWatchAlive = true;
    this.#events = "working";
    const names = path?.split(/[/\\]/) ?? [];
    // Temporary files begin with a dot, and their rename is an event too.
    if (names.some((name) => name.startsWith("."))) return;
    // It may be gone, and a new directory have its identity.
    if (path === null) this.#endWatch();
    const workspace = this.#place.workspace ?? names.shift() ?? "";
    const cache = this.#caches.get(workspace);
    const [sessionId] = names;
    if (sessionId === undefined || cache === undefined) this.#mustSweep = true;
    else cache.dirty.add(sessionId);
    this.#hasNews = true;
    this.#wake();
  }

  /** Sleeps until `ms` are over, an event comes, or `signal` aborts. */
  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const waking = new AbortController();
    const wake = () => waking.abort();
    this.#wake = wake;
    signal?.addEventListener("abort", wake);
    try {
      await this.#platform.clock.sleep(ms, waking.signal);
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#wake = () => {};
    }
  }

  /** 0 if the clock was set back. */
  #untilSweepMs(): number {
    const sinceMs = (this.#platform.clock.nowUs() - this.#sweptUs) / 1000;
    return sinceMs < 0 ? 0 : Math.max(0, this.#sweepEveryMs() - sinceMs);
  }

  #sweepEveryMs(): number {
    const caches = [...this.#caches.values()];
    const isTrusted = this.#events === "working" && !this.#isOnNetwork &&
      this.#watch?.isWorking === true &&
      !caches.some((cache) => cache.hasUnreadable());
    return Math.min(
      this.#pollIntervalMs,
      Math.max(
        isTrusted ? SWEEP_MS.trusted : SWEEP_MS.untrusted,
        this.#sweepCostMs * SWEEP_SHARE,
      ),
    );
  }

  /** Sweeps, and learns whether events work. Returns whether there is news. */
  #sweepAtTimes(): boolean {
    const { clock } = this.#platform;
    const beganUs = clock.nowUs();
    let hasChanged = true;
    try {
      hasChanged = this.#sweep();
      if (hasChanged && !this.#isWatchAlive) {
        this.#events = "failing";
        this.#endWatch();
        this.#ensureWatch();
      }
      // Only an event ends a failure: a quiet time does not show that it ended.
      if (!hasChanged && this.#events === "untried") this.#events = "working";
    } catch {
      // `read` sweeps again, and throws what is wrong.
      this.#mustSweep = true;
    }
    this.#isWatchAlive = false;
    this.#sweptUs = clock.nowUs();
    this.#sweepCostMs = Math.max(0, (this.#sweptUs - beganUs) / 1000);
    return hasChanged;
  }

  /** Inspects all files. Returns whether any have changed. */
  #sweep(): boolean {
    // Watch before reading, so that no change is missed in between.
    this.#ensureWatch();
    const { root: path, workspace } = this.#place;
    const root = openRoot(this.#platform, path, "read");
    const caches = new Map<string, WorkspaceCache>();
    let hasChanged = false;
    try {
      const names = workspace !== null
        ? [workspace]
        : root === null
        ? []
        : listWorkspaces(root, path);
      for (const name of names) {
        const known = this.#caches.get(name);
        const cache = known ?? new WorkspaceCache(this.#platform, path, name);
        const isDirty = cache.sweep(root);
        if (isDirty === null) continue;
        caches.set(name, cache);
        hasChanged ||= isDirty || known === undefined;
      }
    } finally {
      root?.close();
    }
    hasChanged ||= caches.size < this.#caches.size;
    this.#caches = caches;
    this.#mustSweep = false;
    return hasChanged;
  }
}

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
class WorkspaceCache {
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
    return this.#entries.values()
      .some(({ view }) => view.condition === "unreadable");
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

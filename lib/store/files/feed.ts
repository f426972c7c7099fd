/**
 * Reading sessions again and again, cheaply: file events say which ones have
 * changed. Since events can be lost, a sweep now and then compares all files,
 * the more often the less the events can be trusted. Directories may vanish and
 * come back at any time.
 */
import { basename, dirname, join } from "@std/path";
import { withFallback } from "../../errors.ts";
import type { Platform, Watch } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import type { Feed } from "../store.ts";
import { listWorkspaces, openRoot } from "./layout.ts";
import { WorkspaceCache } from "./workspace_cache.ts";

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
/** To watch so many sessions takes longer than to read them. */
const MOST_WATCHED_AT_ONCE = 5_000;
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
  /** Files are watched: of many sessions only when somebody waits for changes. */
  #isFollowed = false;
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
    if (!this.#isFollowed && this.#countDirty() <= MOST_WATCHED_AT_ONCE) {
      this.#begin();
    }
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
    if (!this.#isFollowed && this.#begin()) return;
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

  #countDirty(): number {
    return [...this.#caches.values()].reduce(
      (sum, { dirty }) => sum + dirty.size,
      0,
    );
  }

  /** Begins to watch; whether anything has changed between read and watch. */
  #begin(): boolean {
    this.#isFollowed = true;
    try {
      return this.#sweep();
    } catch {
      // `read` sweeps again, and throws what is wrong.
      this.#mustSweep = true;
      return false;
    }
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
    if (this.#isFollowed) this.#ensureWatch();
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

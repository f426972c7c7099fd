/**
 * The sessions of one workspace, or of all, as last read: told what may have
 * changed, it reads that again and nothing else. A sweep finds what nobody
 * told, by the facts about each session's files, without opening any.
 */
import { errorCode } from "../../errors.ts";
import type { FileInfo, Platform } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import { LOG_NAME, sessionPaths, STATUS_NAME } from "./layout.ts";
import { listSessions, listWorkspaces, readSession } from "./read.ts";

type Reader = Pick<Platform, "files" | "clock">;

/** The facts about a session's files, each part to compare as a whole. */
interface FileStamp {
  directory: string;
  /** Status and log; "" where a link stands, which is never followed. */
  files: string;
}

/** A session and the facts about its files from just before it was read. */
interface CacheEntry {
  facts: FileStamp;
  view: SessionView;
}

/** The sessions of a workspace; `views` is null until sorted again. */
interface WorkspaceCache {
  held: Map<string, CacheEntry>;
  views: SessionView[] | null;
}

/** What was last read of the sessions below a `.parallel` directory. */
export class SessionCache {
  readonly #platform: Reader;
  readonly #root: string;
  readonly #workspace: string | null;
  readonly #shelves = new Map<string, WorkspaceCache>();
  /** Session names by workspace, to be read again. */
  readonly #doubtful = new Map<string, Set<string>>();
  #unsure = true;

  /** Of one workspace, or of all when `workspace` is null. */
  constructor(platform: Reader, root: string, workspace: string | null) {
    this.#platform = platform;
    this.#root = root;
    this.#workspace = workspace;
  }

  /**
   * Takes note that something changed at a path below the watched directory
   * (the workspace, or `.parallel` for all); null: anywhere. Returns whether
   * it matters.
   */
  note(path: string | null): boolean {
    if (path === null) {
      this.#unsure = true;
      return true;
    }
    const names = path.split(/[/\\]/);
    // Names with a dot in front are temporary files; what they become counts.
    if (names.some((name) => name.startsWith("."))) return false;
    const workspace = this.#workspace ?? names.shift() ?? "";
    const [sessionId] = names;
    if (sessionId === undefined || !this.#shelves.has(workspace)) {
      this.#unsure = true;
    } else {
      this.#doubt(workspace, sessionId);
    }
    return true;
  }

  /** Looks at the facts about all files. Returns whether any have changed. */
  sweep(): boolean {
    const found = this.#workspace === null
      ? listWorkspaces(this.#platform.files, this.#root)
      : [this.#workspace];
    let changed = false;
    for (const workspace of this.#shelves.keys()) {
      if (!found.includes(workspace)) {
        this.#shelves.delete(workspace);
        changed = true;
      }
    }
    for (const workspace of found) {
      if (this.#sweepWorkspace(workspace)) changed = true;
    }
    this.#unsure = false;
    return changed;
  }

  /** The sessions now, by workspace, both in the order of their names. */
  read(): Map<string, SessionView[]> {
    if (this.#unsure) this.sweep();
    for (const [workspace, sessions] of this.#doubtful) {
      for (const sessionId of sessions) this.#readAgain(workspace, sessionId);
    }
    this.#doubtful.clear();
    const views = new Map<string, SessionView[]>();
    for (const workspace of [...this.#shelves.keys()].sort()) {
      views.set(workspace, sorted(this.#shelves.get(workspace)!));
    }
    return views;
  }

  #doubt(workspace: string, sessionId: string): void {
    const sessions = this.#doubtful.get(workspace);
    if (sessions === undefined) {
      this.#doubtful.set(workspace, new Set([sessionId]));
    } else sessions.add(sessionId);
  }

  #sweepWorkspace(workspace: string): boolean {
    const names = listSessions(this.#platform.files, this.#root, workspace);
    const shelf = this.#shelves.get(workspace);
    if (names === null) return this.#shelves.delete(workspace);
    const held = shelf?.held ?? new Map<string, CacheEntry>();
    if (shelf === undefined) {
      this.#shelves.set(workspace, { held, views: null });
    }
    let changed = shelf === undefined;
    const gone = new Set(held.keys());
    const path = this.#pathOf(workspace);
    for (const name of names) {
      gone.delete(name);
      const known = held.get(name);
      const stands = known !== undefined &&
        this.#stillStands(`${path}/${name}`, known);
      if (stands) continue;
      this.#doubt(workspace, name);
      changed = true;
    }
    for (const name of gone) this.#doubt(workspace, name);
    return changed || gone.size > 0;
  }

  #stillStands(path: string, { facts, view }: CacheEntry): boolean {
    const isLink = facts.files === "";
    if (!isLink && this.#filesOf(path) !== facts.files) return false;
    // A session of ours changes through its files; a foreign one may get a
    // marker and no more, which only its directory's time tells.
    if (view.status.ptrack !== undefined) return true;
    if (factsOf(this.#inspect(path)) !== facts.directory) return false;
    if (view.condition !== "unreadable") return true;
    // What hid it (a limit, a permission) may have gone without a trace.
    return readSession(this.#platform, this.#root, view)?.problem ===
      view.problem;
  }

  #readAgain(workspace: string, sessionId: string): void {
    const shelf = this.#shelves.get(workspace);
    if (shelf === undefined) return;
    const path = `${this.#pathOf(workspace)}/${sessionId}`;
    const facts = this.#factsAt(path);
    const view = facts === null
      ? null
      : readSession(this.#platform, this.#root, { workspace, sessionId });
    if (facts === null || view === null) shelf.held.delete(sessionId);
    else shelf.held.set(sessionId, { facts, view });
    shelf.views = null;
  }

  #pathOf(workspace: string): string {
    return sessionPaths(this.#root, { workspace, sessionId: "" }).workspace;
  }

  /** The facts about a session; null if there is none. */
  #factsAt(path: string): FileStamp | null {
    const info = this.#inspect(path);
    // Listed, but its name is no UTF-8: nobody can look behind it.
    const isNameless = info === null && path.includes("\ufffd");
    if (isNameless || info?.kind === "symlink") {
      return { directory: factsOf(info), files: "" };
    }
    if (info?.kind !== "directory") return null;
    return { directory: factsOf(info), files: this.#filesOf(path) };
  }

  #filesOf(path: string): string {
    const status = this.#inspect(`${path}/${STATUS_NAME}`);
    const log = this.#inspect(`${path}/${LOG_NAME}`);
    return `${factsOf(status)} ${factsOf(log)}`;
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

function factsOf(info: FileInfo | null): string {
  return info === null
    ? "-"
    : `${info.identity}:${info.size}:${info.modifiedUs}`;
}

function sorted(shelf: WorkspaceCache): SessionView[] {
  shelf.views ??= [...shelf.held.entries()]
    .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
    .map(([, { view }]) => view);
  return shelf.views;
}

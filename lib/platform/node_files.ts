/**
 * Files through `node:fs`, for Node, Deno, and where Bun has no system calls.
 * Opening never follows a link and never blocks: the flags say so where the
 * system has them, and what was opened is checked before it is read.
 */
import fs, { type Dirent, type Stats } from "node:fs";
import process from "node:process";
import { errorCode, SystemError } from "../errors.ts";
import { NETWORK_FILE_SYSTEMS, readRange } from "./files.ts";
import { openLibc } from "./libc.ts";
import type {
  Directory,
  FileAccess,
  FileInfo,
  FileKind,
  Files,
  OpenFile,
  OpenMode,
} from "./platform.ts";
import { ENGINE, orElse, SYSTEM, systemClock } from "./runtime.ts";

/** Access through `node:fs`. */
export const nodeAccess: FileAccess = {
  files: nodeFiles(),
  read: (descriptor, bytes) => fs.readSync(descriptor, bytes),
  write: (descriptor, bytes) => fs.writeSync(descriptor, bytes),
  close: (descriptor) => fs.closeSync(descriptor),
  mayBeTerminal(descriptor) {
    const stats = orElse(() => fs.fstatSync(descriptor), null);
    if (stats === null) return false;
    if (!stats.isCharacterDevice()) return SYSTEM === "windows";
    // Linux: major 1 is /dev/null and its like.
    return SYSTEM !== "linux" || stats.rdev >> 8 !== 1;
  },
  checkExecutable: (path) => fs.accessSync(path, fs.constants.X_OK),
  functions: () => [],
  canOpen(path) {
    const descriptor = orElse(() => fs.openSync(path, "r"), null);
    if (descriptor !== null) fs.closeSync(descriptor);
    return descriptor !== null;
  },
  unixCalls: openLibc,
  async dieOf(killed) {
    // On Windows a signal would leave the exit code 1.
    if (SYSTEM === "windows") return;
    (await import("./death.ts")).dieByRuntime(killed);
  },
  exit(code) {
    process.exitCode = code;
    leaveTerminal();
  },
};

/** Closes what may be a terminal: then no runtime puts its modes back. */
function leaveTerminal(): void {
  if (SYSTEM === "windows") return;
  for (const descriptor of [0, 1, 2]) {
    if (!nodeAccess.mayBeTerminal(descriptor)) continue;
    try {
      fs.closeSync(descriptor);
      // The lowest number that is free: the one that was just closed.
      fs.openSync("/dev/null", "r+");
    } catch {
      // Then the modes are put back, as they always were.
    }
  }
}

/** A directory, as far as paths can stand for it. */
interface Base {
  path: string;
  /** Whether the path was a link to it. */
  isLink: boolean;
  identity: string;
}

/**
 * Files below a directory, or all. There is no opened directory here: before
 * anything is changed, the path must still lead to the same one, and so must
 * the paths of those that it was opened in, and none by a link. What is only
 * read is not checked, which would slow a monitor of many sessions.
 */
function nodeFiles(
  base: Base | null = null,
  checkAbove: () => void = () => {},
): Directory {
  const toRead = (path: string) =>
    base === null ? path : `${base.path}/${path}`;
  const check = () => {
    checkAbove();
    if (base === null || identityNow(base) === base.identity) return;
    throw new SystemError("ENOENT", "find", base.path);
  };
  const toChange = (path: string) => {
    check();
    return toRead(path);
  };
  return {
    ...readingFiles(toRead),
    ...changingFiles(toChange),
    openDirectory(path, links) {
      const below = { path: toChange(path), isLink: links === "followed" };
      return nodeFiles({ ...below, identity: identityNow(below) }, check);
    },
    open(path, mode, permissions) {
      if (mode === "read") return openFile(toRead(path), mode);
      const end = base === null ? -1 : path.indexOf("/");
      if (end > 0) identityNow({ path: toRead(path.slice(0, end)) });
      return openFile(toChange(path), mode, permissions);
    },
    facts: () => toInfo(fs.statSync(toChange(".")))!,
    close() {},
  };
}

/** The identity of the directory at a path now. */
function identityNow(
  { path, isLink = false }: { path: string; isLink?: boolean },
): string {
  const stats = isLink ? fs.statSync(path) : fs.lstatSync(path);
  if (stats.isDirectory()) return identityOf(stats);
  const code = stats.isSymbolicLink() ? "ELOOP" : "ENOTDIR";
  throw new SystemError(code, "open", path);
}

type OnPath = (path: string) => string;

function readingFiles(at: OnPath) {
  return {
    readText: (path, maxBytes) => readText(at(path), maxBytes),
    inspect: (path) =>
      toInfo(fs.lstatSync(at(path), { throwIfNoEntry: false })),
    inspectTarget: (path) =>
      toInfo(fs.statSync(at(path), { throwIfNoEntry: false })),
    list: (path) =>
      fs.readdirSync(at(path), { withFileTypes: true })
        .map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
    networkFileSystem: (path) => networkFileSystem(at(path)),
    readLink: (path) =>
      fs.lstatSync(at(path), { throwIfNoEntry: false })?.isSymbolicLink()
        ? fs.readlinkSync(at(path))
        : null,
    mode(path) {
      const stats = fs.statSync(at(path), { throwIfNoEntry: false });
      return stats === undefined ? null : stats.mode & 0o7777;
    },
    flushDirectory(path) {
      if (SYSTEM === "windows") return;
      const descriptor = fs.openSync(at(path), fs.constants.O_RDONLY);
      try {
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    },
  } satisfies Partial<Files>;
}

function changingFiles(at: OnPath) {
  return {
    createNew(path, bytes, { flush = false, mode = null } = {}) {
      const descriptor = fs.openSync(at(path), "wx", mode ?? 0o666);
      try {
        for (let written = 0; written < bytes.length;) {
          written += fs.writeSync(descriptor, bytes, written);
        }
        // Not all of them may have passed the umask.
        if (mode !== null) fs.fchmodSync(descriptor, mode);
        if (flush) fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    },
    rename(from, to) {
      const [old, next] = [at(from), at(to)];
      if (SYSTEM !== "windows") fs.renameSync(old, next);
      else retryRename(() => fs.renameSync(old, next));
    },
    remove(path) {
      // Deno would also remove an empty directory.
      if (ENGINE === "deno") requireNoDirectory(at(path));
      return didAct(() => fs.unlinkSync(at(path)), ["ENOENT"]);
    },
    removeTree: (path) => fs.rmSync(at(path), { recursive: true, force: true }),
    removeEmptyDirectory: (path) =>
      didAct(() => fs.rmdirSync(at(path)), ["ENOENT", "ENOTEMPTY", "EEXIST"]),
    makeDirectory(path, permissions) {
      const isNew = didAct(() => fs.mkdirSync(at(path), permissions), [
        "EEXIST",
      ]);
      if (isNew && permissions !== undefined) setMode(at(path), permissions);
      return isNew;
    },
    setMode: (path, permissions) => setMode(at(path), permissions),
  } satisfies Partial<Files>;
}

/** Nothing on Windows, whose permissions are others. */
function setMode(path: string, permissions: number): void {
  const stats = fs.lstatSync(path);
  const isSet = (stats.mode & 0o7777) === permissions;
  if (SYSTEM === "windows" || isSet && !stats.isSymbolicLink()) return;
  const descriptor = openUnfollowed(path, fs.constants.O_RDONLY);
  try {
    fs.fchmodSync(descriptor, permissions);
  } finally {
    fs.closeSync(descriptor);
  }
}

function openUnfollowed(
  path: string,
  flags: number,
  permissions = 0o666,
): number {
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  try {
    return fs.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, permissions);
  } catch (error) {
    // A FIFO without a reader, and a socket, cannot be opened to write.
    if (errorCode(error) === "ENXIO") {
      throw new SystemError("ENOTREG", "open", path);
    }
    throw error;
  }
}

/** What fits in here is read without asking how large it is. */
const ROOM_BYTES = 16 * 1024;
let room: Uint8Array | null = null;
/** Not Buffer: only to name it costs a heartbeat a twentieth. */
const decoder = new TextDecoder();

/**
 * Monitors read thousands of files, and each call costs: instead of asking what
 * kind of file it is, this reads at a position. A directory refuses that, and a
 * FIFO has no positions.
 */
function readText(path: string, maxBytes: number): string {
  const descriptor = openUnfollowed(path, fs.constants.O_RDONLY);
  try {
    room ??= new Uint8Array(ROOM_BYTES);
    const count = fs.readSync(descriptor, room, 0, ROOM_BYTES, 0);
    if (count > 0 && count < ROOM_BYTES && count <= maxBytes) {
      return decoder.decode(room.subarray(0, count));
    }
    const stats = fs.fstatSync(descriptor);
    if (!stats.isFile()) throw new SystemError("ENOTREG", "read", path);
    if (stats.size > maxBytes) throw new SystemError("EFBIG", "read", path);
    return fs.readFileSync(descriptor, "utf8");
  } catch (error) {
    if (errorCode(error) !== "ESPIPE") throw error;
    throw new SystemError("ENOTREG", "read", path);
  } finally {
    fs.closeSync(descriptor);
  }
}

function openFile(
  path: string,
  mode: OpenMode,
  permissions?: number,
): OpenFile {
  const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT } = fs.constants;
  const flags = {
    read: O_RDONLY,
    append: O_RDWR | O_APPEND,
    create: O_RDWR | O_APPEND | O_CREAT,
  }[mode];
  const descriptor = openUnfollowed(path, flags, permissions);
  const stats = fs.fstatSync(descriptor);
  if (!stats.isFile()) {
    fs.closeSync(descriptor);
    const code = stats.isDirectory() ? "EISDIR" : "ENOTREG";
    throw new SystemError(code, "open", path);
  }
  // Only where it is empty can it be new.
  const mayBeNew = stats.size === 0 && SYSTEM !== "windows";
  if (permissions !== undefined && mayBeNew) {
    fs.fchmodSync(descriptor, permissions);
  }
  return {
    identity: identityOf(stats),
    size: () => fs.fstatSync(descriptor).size,
    read: (start, end) =>
      readRange(
        start,
        end,
        (room, at) => fs.readSync(descriptor, room, 0, room.length, at),
      ),
    append: (bytes) => fs.writeSync(descriptor, bytes),
    flush: () => fs.fsyncSync(descriptor),
    close: () => fs.closeSync(descriptor),
  };
}

/** Acts; false on an error that means that there was nothing to do. */
function didAct(act: () => void, harmless: readonly string[]): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (harmless.includes(errorCode(error))) return false;
    throw error;
  }
}

function requireNoDirectory(path: string): void {
  if (!fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new SystemError("EISDIR", "remove", path);
}

const RENAME_TRIES = 20;
const RENAME_PAUSE_MS = 5;
const PASSING = ["EPERM", "EACCES", "EBUSY"];

/** On Windows a rename fails while another program has the file open. */
function retryRename(rename: () => void): void {
  for (let tried = 1;; tried++) {
    try {
      return rename();
    } catch (error) {
      const mayPass = PASSING.includes(errorCode(error));
      if (tried >= RENAME_TRIES || !mayPass) throw error;
      systemClock.pause(RENAME_PAUSE_MS);
    }
  }
}

function networkFileSystem(path: string): string | null {
  return orElse(() => {
    // Negative where the system's type is signed.
    const type = Number(fs.statfsSync(path).type) >>> 0;
    return NETWORK_FILE_SYSTEMS[type] ?? null;
  }, null);
}

function toInfo(stats: Stats | undefined): FileInfo | null {
  return stats === undefined ? null : {
    kind: kindOf(stats),
    size: stats.size,
    modifiedUs: Math.floor(stats.mtimeMs * 1000),
    identity: identityOf(stats),
    uid: stats.uid,
  };
}

function kindOf(facts: Stats | Dirent): FileKind {
  if (facts.isFile()) return "file";
  if (facts.isDirectory()) return "directory";
  return facts.isSymbolicLink() ? "symlink" : "other";
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

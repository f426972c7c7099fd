/**
 * Files through `node:fs`. Opening never follows a link and never blocks: the
 * flags say so where the system has them, and what was opened is checked
 * before it is read. Replacing a file is done with these, by a rename.
 */
import fs, { type Dirent, type Stats } from "node:fs";
import { errorCode, SystemError } from "../errors.ts";
import type {
  FileInfo,
  FileKind,
  Files,
  NewFileOptions,
  OpenFile,
  OpenMode,
  Platform,
  Watch,
} from "./platform.ts";
import { ENGINE, orElse, SYSTEM, systemClock } from "./runtime.ts";

/** Files of the machine. */
export const nodeFiles: Files = {
  readText,
  open: openFile,
  createNew(path, bytes, { flush = false, mode = null } = {}) {
    const descriptor = fs.openSync(path, "wx", mode ?? 0o666);
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
  inspect: (path) => toInfo(fs.lstatSync(path, { throwIfNoEntry: false })),
  inspectTarget: (path) => toInfo(fs.statSync(path, { throwIfNoEntry: false })),
  list: (path) =>
    fs.readdirSync(path, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  rename: (from, to) =>
    SYSTEM === "windows"
      ? retryRename(() => fs.renameSync(from, to))
      : fs.renameSync(from, to),
  remove(path) {
    // Deno would also remove an empty directory.
    if (ENGINE === "deno") requireNoDirectory(path);
    return didAct(() => fs.unlinkSync(path), ["ENOENT"]);
  },
  removeTree: (path) => fs.rmSync(path, { recursive: true, force: true }),
  removeEmptyDirectory: (path) =>
    didAct(() => fs.rmdirSync(path), ["ENOENT", "ENOTEMPTY", "EEXIST"]),
  makeDirectory: (path) => didAct(() => fs.mkdirSync(path), ["EEXIST"]),
  networkFileSystem,
  flushDirectory(path) {
    if (SYSTEM === "windows") return;
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY);
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },
  readLink: (path) =>
    fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
      ? fs.readlinkSync(path)
      : null,
  mode(path) {
    const stats = fs.statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? null : stats.mode & 0o777;
  },
};

function openUnfollowed(path: string, flags: number): number {
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
  try {
    return fs.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o666);
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

function openFile(path: string, mode: OpenMode): OpenFile {
  const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT } = fs.constants;
  const flags = {
    read: O_RDONLY,
    append: O_RDWR | O_APPEND,
    create: O_RDWR | O_APPEND | O_CREAT,
  }[mode];
  const descriptor = openUnfollowed(path, flags);
  const stats = fs.fstatSync(descriptor);
  if (!stats.isFile()) {
    fs.closeSync(descriptor);
    const code = stats.isDirectory() ? "EISDIR" : "ENOTREG";
    throw new SystemError(code, "open", path);
  }
  return {
    identity: identityOf(stats),
    size: () => fs.fstatSync(descriptor).size,
    read(start, end) {
      const bytes = new Uint8Array(Math.max(0, end - start));
      for (let filled = 0; filled < bytes.length;) {
        const room = bytes.subarray(filled);
        const count = fs.readSync(
          descriptor,
          room,
          0,
          room.length,
          start + filled,
        );
        if (count === 0) return bytes.subarray(0, filled);
        filled += count;
      }
      return bytes;
    },
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

/** Linux' numbers of file systems whose files are on another machine. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9P"],
  [0x786f4256, "a VirtualBox share"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
]);

function networkFileSystem(path: string): string | null {
  return orElse(() => {
    // Negative where the system's type is signed.
    const type = Number(fs.statfsSync(path).type) >>> 0;
    return NETWORK_FILE_SYSTEMS.get(type) ?? null;
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

/** Watches a directory; see Platform.watch. */
export function nodeWatch(
  path: string,
  recursive: boolean,
  changed: (path: string | null) => void,
): Watch {
  const watch = { isWorking: true, close() {} };
  try {
    const watcher = fs.watch(path, { recursive }, (_event, name) => {
      changed(name ? String(name) : null);
    });
    watcher.on("error", () => watch.isWorking = false);
    watch.close = () => watcher.close();
  } catch {
    watch.isWorking = false;
  }
  return watch;
}

const encoder = new TextEncoder();

/** What to write, and how; it is flushed before the rename. */
export interface Replacement extends NewFileOptions {
  directory: string;
  name: string;
  text: string;
}

/** Replaces a file; on failure nothing is left behind. Throws file errors. */
export function replaceFile(
  platform: Pick<Platform, "files" | "pid" | "randomId">,
  { directory, name, text, ...options }: Replacement,
): void {
  const temporary =
    `${directory}/.${name}.${platform.pid}.${platform.randomId()}`;
  try {
    platform.files.createNew(temporary, encoder.encode(text), options);
    platform.files.rename(temporary, `${directory}/${name}`);
  } catch (error) {
    removeQuietly(platform.files, temporary);
    throw error;
  }
}

/** Removes what a failed write has left, as far as that can be done. */
export function removeQuietly(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch {
    // The error of the write says what is wrong.
  }
}

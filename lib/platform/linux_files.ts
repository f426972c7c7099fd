/**
 * Files of Linux by system calls, each below a directory that was opened: no
 * name on the way to it can become a link meanwhile.
 */
import { errorCode, SystemError, withFallback } from "../errors.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  callNumbers,
  type CLibrary,
  LinuxCalls,
  openCLibrary,
  ROOM_BYTES,
} from "./linux_calls.ts";
import { NETWORK_FILE_SYSTEMS, readRange } from "./files.ts";
import type {
  AnyFunction,
  Directory,
  DirectoryEntry,
  FileAccess,
  FileInfo,
  FileKind,
  NewFileOptions,
  OpenFile,
  OpenMode,
} from "./platform.ts";
import { process } from "./runtime.ts";

const O_WRONLY = 0o1;
const O_RDWR = 0o2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_APPEND = 0o2000;
/** Does not wait for the writer of a FIFO. */
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
/** Only to go on from there; needs no permission to read. */
const O_PATH = 0o10000000;
const AT_REMOVEDIR = 0x200;

const READ = O_CLOEXEC | O_NONBLOCK;
const OPEN_FLAGS: Record<OpenMode, number> = {
  read: READ,
  append: READ | O_RDWR | O_APPEND,
  create: READ | O_RDWR | O_APPEND | O_CREAT,
};

const decoder = new TextDecoder();
/** Of a name, no byte is left out. */
const nameDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Access through system calls; null where the runtime or system has none. */
export function openLinuxAccess(
  library: CLibrary | null = openCLibrary(),
): FileAccess | null {
  const numbers = callNumbers();
  if (library === null || numbers === null) return null;
  const calls = new LinuxCalls(library, numbers);
  try {
    // An old kernel, or a sandbox, may not have the newest of the calls.
    if (!calls.stat(AT_FDCWD, "/", 0)) return null;
  } catch {
    return null;
  }
  return {
    files: new LinuxDirectory(calls, AT_FDCWD),
    read: (descriptor, bytes) => calls.readNext(descriptor, bytes, "input"),
    write: (descriptor, bytes) => calls.write(descriptor, bytes, "output"),
    close: (descriptor) => calls.close(descriptor),
    mayBeTerminal: (descriptor) => calls.mayBeTerminal(descriptor),
    checkExecutable: (path) => calls.checkExecutable(path),
    canOpen: (path) => calls.canOpen(path),
    functions: () => [LinuxDirectory, LinuxCalls].flatMap(methodsOf),
    unixCalls: () => calls,
    exit: (code) => void calls.try(numbers.exitGroup, code),
    dieOf: async (killed) =>
      (await import("./death.ts")).dieByCalls(calls, killed),
  };
}

/** The methods of a class that are not private. */
function methodsOf({ prototype }: { prototype: object }): AnyFunction[] {
  return Object.values(Object.getOwnPropertyDescriptors(prototype))
    .map(({ value }) => value).filter((value) => value instanceof Function);
}

/** What lies below a descriptor, or below the working directory. */
class LinuxDirectory implements Directory {
  readonly #calls: LinuxCalls;
  readonly #at: number;

  constructor(calls: LinuxCalls, at: number) {
    this.#calls = calls;
    this.#at = at;
  }

  facts(): FileInfo {
    return this.#calls.inspect(this.#at, "", AT_EMPTY_PATH)!;
  }

  close(): void {
    this.#calls.close(this.#at);
  }

  openDirectory(path: string, links?: "followed"): Directory {
    const calls = this.#calls;
    const flags = O_CLOEXEC | O_PATH | calls.numbers.directory;
    const at = links === "followed"
      ? calls.open(this.#at, path, flags)
      : this.#open(path, flags);
    return new LinuxDirectory(calls, at);
  }

  readText(path: string, maxBytes: number): string {
    const calls = this.#calls;
    const file = this.#open(path, READ);
    try {
      // A directory refuses to be read at a place, a FIFO has no places, and
      // of what seems empty the kind is asked.
      const { numbers: { pread }, address } = calls;
      const count = calls
        .do(["read", path], pread, file, address, ROOM_BYTES);
      if (count > 0 && count < ROOM_BYTES && count <= maxBytes) {
        return decoder.decode(calls.room.subarray(0, count));
      }
      const { kind, size } = calls.inspect(file, "", AT_EMPTY_PATH)!;
      if (kind !== "file") throw new SystemError("ENOTREG", "read", path);
      if (size > maxBytes) throw new SystemError("EFBIG", "read", path);
      const whole = readRange(
        0,
        size,
        (room, at) => calls.read(file, room, at, path),
      );
      return decoder.decode(whole);
    } catch (error) {
      if (errorCode(error) !== "ESPIPE") throw error;
      throw new SystemError("ENOTREG", "read", path);
    } finally {
      calls.close(file);
    }
  }

  open(path: string, mode: OpenMode, permissions?: number): OpenFile {
    const calls = this.#calls;
    const made = mode === "create" ? permissions ?? 0o666 : 0;
    let file: number;
    try {
      file = this.#open(path, OPEN_FLAGS[mode], made);
    } catch (error) {
      // A FIFO without a reader, and a socket, cannot be opened to write.
      if (errorCode(error) !== "ENXIO") throw error;
      throw new SystemError("ENOTREG", "open", path);
    }
    const { kind, identity, size } = calls.inspect(file, "", AT_EMPTY_PATH)!;
    if (kind === "file") {
      // Only where it is empty can it be new.
      if (permissions !== undefined && size === 0) {
        calls.setMode(file, path, permissions);
      }
      return openFile(calls, { file, path, identity });
    }
    calls.close(file);
    const code = kind === "directory" ? "EISDIR" : "ENOTREG";
    throw new SystemError(code, "open", path);
  }

  createNew(
    path: string,
    bytes: Uint8Array,
    { flush = false, mode = null }: NewFileOptions = {},
  ): void {
    const calls = this.#calls;
    const flags = O_CLOEXEC | O_WRONLY | O_CREAT | O_EXCL;
    const file = calls.open(this.#at, path, flags, mode ?? 0o666);
    try {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(calls.write(file, rest, path));
      }
      if (mode !== null) calls.setMode(file, path, mode);
      if (flush) calls.flush(file, path);
    } finally {
      calls.close(file);
    }
  }

  inspect(path: string): FileInfo | null {
    return this.#calls.inspect(this.#at, path, AT_SYMLINK_NOFOLLOW);
  }

  inspectTarget(path: string): FileInfo | null {
    return this.#calls.inspect(this.#at, path, 0);
  }

  list(path: string): DirectoryEntry[] {
    const calls = this.#calls;
    const entries: DirectoryEntry[] = [];
    const file = this.#openToList(path);
    try {
      const room = calls.room.subarray(0, ROOM_BYTES);
      for (;;) {
        const bytes = calls.list(file, path);
        if (bytes === 0) return entries;
        for (
          let at = 0;
          at < bytes;
          at += room[at + 16]! + room[at + 17]! * 256
        ) {
          const name = nameDecoder.decode(
            room.subarray(at + 19, room.indexOf(0, at + 19)),
          );
          if (name === "." || name === "..") continue;
          const type = room[at + 18]!;
          const kind = type === UNKNOWN_KIND
            ? this.inspect(`${path}/${name}`)?.kind
            : KINDS[type];
          entries.push({ name, kind: kind ?? "other" });
        }
      }
    } finally {
      calls.close(file);
    }
  }

  rename(from: string, to: string): void {
    const calls = this.#calls;
    const at = this.#at;
    const [old, next] = [calls.place(from), calls.place(to, 1)];
    calls.do(["rename", from], calls.numbers.renameat, at, old, at, next);
  }

  remove(path: string): boolean {
    const { unlinkat } = this.#calls.numbers;
    return this.#change(unlinkat, path, 0, ["ENOENT"]);
  }

  removeEmptyDirectory(path: string): boolean {
    const { unlinkat } = this.#calls.numbers;
    const harmless = ["ENOENT", "ENOTEMPTY", "EEXIST"];
    return this.#change(unlinkat, path, AT_REMOVEDIR, harmless);
  }

  makeDirectory(path: string, permissions?: number): boolean {
    const { mkdirat } = this.#calls.numbers;
    const isNew = this.#change(mkdirat, path, permissions ?? 0o777, ["EEXIST"]);
    if (isNew && permissions !== undefined) this.setMode(path, permissions);
    return isNew;
  }

  setMode(path: string, permissions: number): void {
    const file = this.#open(path, O_CLOEXEC | O_PATH);
    try {
      this.#calls.setMode(file, path, permissions);
    } finally {
      this.#calls.close(file);
    }
  }

  /** Changes a name; false on an error that says that it is so already. */
  #change(
    call: number,
    path: string,
    argument: number,
    harmless: readonly string[],
  ): boolean {
    const calls = this.#calls;
    try {
      calls.do(["change", path], call, this.#at, calls.place(path), argument);
      return true;
    } catch (error) {
      if (harmless.includes(errorCode(error))) return false;
      throw error;
    }
  }

  removeTree(path: string): void {
    // Bun goes from directory to directory, too.
    const { rmSync } = process.getBuiltinModule("node:fs");
    const here = this.#at === AT_FDCWD ? "" : `/proc/self/fd/${this.#at}/`;
    rmSync(`${here}${path}`, { recursive: true, force: true });
  }

  networkFileSystem(path: string): string | null {
    const calls = this.#calls;
    return withFallback(() => {
      const file = calls.open(this.#at, path, O_CLOEXEC | O_PATH);
      const type = calls.fileSystem(file);
      calls.close(file);
      return NETWORK_FILE_SYSTEMS[type] ?? null;
    }, null);
  }

  flushDirectory(path: string): void {
    const file = this.#openToList(path);
    try {
      this.#calls.flush(file, path);
    } finally {
      this.#calls.close(file);
    }
  }

  readLink(path: string): string | null {
    try {
      const bytes = this.#calls.readLink(this.#at, path);
      return nameDecoder.decode(this.#calls.room.subarray(0, bytes));
    } catch (error) {
      if (["ENOENT", "EINVAL"].includes(errorCode(error))) return null;
      throw error;
    }
  }

  mode(path: string): number | null {
    const calls = this.#calls;
    return calls.stat(this.#at, path, 0) ? calls.mode : null;
  }

  /** Opens a path without following a link; below a directory in no part of it. */
  #open(path: string, flags: number, mode = 0): number {
    const calls = this.#calls;
    const unfollowed = flags | calls.numbers.noFollow;
    if (this.#at === AT_FDCWD || !path.includes("/")) {
      return calls.open(this.#at, path, unfollowed, mode);
    }
    const file = calls.openUnlinked(this.#at, path, unfollowed, mode);
    if (file !== null) return file;
    // One part after the other.
    const end = path.indexOf("/");
    const first = this.openDirectory(path.slice(0, end)) as LinuxDirectory;
    try {
      return first.#open(path.slice(end + 1), flags, mode);
    } finally {
      first.close();
    }
  }

  #openToList(path: string): number {
    const calls = this.#calls;
    const flags = O_CLOEXEC | calls.numbers.directory;
    try {
      return calls.open(this.#at, path, flags);
    } catch (error) {
      if (errorCode(error) !== "EACCES" || path !== ".") throw error;
      // To list it takes no permission to search it, unlike its name `.`.
      return calls.open(AT_FDCWD, `/proc/self/fd/${this.#at}`, flags);
    }
  }
}

/** Some file systems do not tell the kinds in a listing. */
const UNKNOWN_KIND = 0;
const KINDS: Record<number, FileKind> = {
  4: "directory",
  8: "file",
  10: "symlink",
};

/** An open file, and its path for messages. */
interface Opened {
  file: number;
  path: string;
  identity: string;
}

function openFile(
  calls: LinuxCalls,
  { file, path, identity }: Opened,
): OpenFile {
  return {
    identity,
    size: () => calls.inspect(file, "", AT_EMPTY_PATH)!.size,
    read: (start, end) =>
      readRange(start, end, (room, at) => calls.read(file, room, at, path)),
    append: (bytes) => calls.write(file, bytes, path),
    flush: () => calls.flush(file, path),
    close: () => calls.close(file),
  };
}

/**
 * System calls of Linux, through `syscall(2)` of the C library, for Bun: to
 * load `node:fs` takes it longer than all that a heartbeat does with files.
 * glibc and musl both have that function.
 */
import { SystemError, withFallback } from "../errors.ts";
import type {
  DescriptorLimit,
  FileInfo,
  FileKind,
  PipeEnds,
  UnixCalls,
} from "./platform.ts";
import { process } from "./runtime.ts";

/** The C library, as far as it is needed here. */
export interface CLibrary {
  /** Calls the system; -1 if that failed. */
  call(
    number: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
  ): number;
  /** The number of the error of the last call that failed. */
  errorNumber(): number;
  /** Where the bytes are in memory. */
  address(bytes: Uint8Array): number;
}

/**
 * The numbers of the calls, and the flags that differ between processors; null
 * if this machine is not Linux on a known one.
 */
export function callNumbers() {
  const { platform, arch } = process;
  const isX64 = arch === "x64";
  if (platform !== "linux" || !isX64 && arch !== "arm64") return null;
  const pick = (x64: number, arm64: number) => isX64 ? x64 : arm64;
  return {
    read: pick(0, 63),
    write: pick(1, 64),
    close: pick(3, 57),
    pread: pick(17, 67),
    fsync: pick(74, 82),
    fchmodat: pick(268, 53),
    fstatfs: pick(138, 44),
    getdents: pick(217, 61),
    exitGroup: pick(231, 94),
    openat: pick(257, 56),
    mkdirat: pick(258, 34),
    unlinkat: pick(263, 35),
    renameat: pick(264, 38),
    readlinkat: pick(267, 78),
    faccessat: pick(269, 48),
    ppoll: pick(271, 73),
    wait4: pick(61, 260),
    pipe: pick(293, 59),
    prlimit: pick(302, 261),
    statx: pick(332, 291),
    openat2: 437,
    directory: pick(0o200000, 0o40000),
    noFollow: pick(0o400000, 0o100000),
  };
}

type CallNumbers = NonNullable<ReturnType<typeof callNumbers>>;

/** `Bun.FFI`; the module `bun:ffi` would take half a millisecond to load. */
interface Ffi {
  dlopen(path: string, functions: object): {
    symbols: { syscall: CLibrary["call"]; __errno_location(): number };
  };
  ptr(bytes: Uint8Array): number;
  read: { i32(address: number, offset: number): number };
}

/** Opens the C library; null where the runtime cannot. */
export function openCLibrary(): CLibrary | null {
  const ffi = (globalThis as { Bun?: { FFI?: Ffi } }).Bun?.FFI;
  if (ffi === undefined) return null;
  const long = "i64_fast";
  try {
    // musl knows its own library by this name, too.
    const { symbols } = ffi.dlopen("libc.so.6", {
      syscall: { args: [long, long, long, long, long, long], returns: long },
      __errno_location: { args: [], returns: "ptr" },
    });
    return {
      call: symbols.syscall,
      errorNumber: () => ffi.read.i32(symbols.__errno_location(), 0),
      address: ffi.ptr,
    };
  } catch {
    return null;
  }
}

/** The names of the first errors, in the order of their numbers, from 1. */
const FIRST_ERRORS =
  "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN " +
  "ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR " +
  "EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK " +
  "EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP";
const OTHER_ERRORS =
  "61 ENODATA 75 EOVERFLOW 95 ENOTSUP 107 ENOTCONN 110 ETIMEDOUT 112 " +
  "EHOSTDOWN 116 ESTALE 117 EUCLEAN 121 EREMOTEIO 122 EDQUOT";

/** The error of a system call that failed. */
function callError(number: number, action: string, path: string): SystemError {
  const code = FIRST_ERRORS.split(" ")[number - 1] ??
    new RegExp(`\\b${number} (\\w+)`).exec(OTHER_ERRORS)?.[1];
  return new SystemError(code ?? `E${number}`, action, path);
}

/** What is read at once. */
export const ROOM_BYTES = 16 * 1024;
/** With the zero byte at the end. */
const PATH_BYTES = 4096;
/** struct statx, and a place for smaller structures after it. */
const STAT_BYTES = 256;
const STAT_AT = ROOM_BYTES + 2 * PATH_BYTES;
const WORDS_AT = STAT_AT + STAT_BYTES;
/** struct open_how, the largest of those. */
const HOW_BYTES = 24;

/** Stands for the working directory. */
export const AT_FDCWD = -100;
/** Looks at a link, instead of where it leads. */
export const AT_SYMLINK_NOFOLLOW = 0x100;
/** Looks at the descriptor itself; the path is empty. */
export const AT_EMPTY_PATH = 0x1000;
const BASIC_STATS = 0x7ff;
const X_OK = 1;
/** No part of the path may be a link. */
const RESOLVE_NO_SYMLINKS = 4;

const KIND_BITS = 0o170000;
const KINDS: Record<number, FileKind> = {
  0o100000: "file",
  0o040000: "directory",
  0o120000: "symlink",
};
const CHARACTER_DEVICE = 0o020000;

const O_CLOEXEC = 0o2000000;
const POLLIN = 1;
const WNOHANG = 1;
const RLIMIT_NOFILE = 7;

const [EPERM, ENOENT, EINTR, ENOSYS] = [1, 2, 4, 38];

const encoder = new TextEncoder();

/** What is called, and on what: for the error. */
type Named = readonly [action: string, path: string];

/** The system calls of this process. */
export class LinuxCalls implements UnixCalls {
  readonly numbers: CallNumbers;
  /** Where `list` and small reads put what they read. */
  readonly room = new Uint8Array(WORDS_AT + HOW_BYTES);
  readonly address: number;
  readonly #library: CLibrary;
  readonly #paths = [ROOM_BYTES, ROOM_BYTES + PATH_BYTES]
    .map((at) => this.room.subarray(at, at + PATH_BYTES));
  readonly #stat = new Uint32Array(this.room.buffer, STAT_AT, STAT_BYTES / 4);
  /** The place for small structures. */
  readonly #words = new Uint32Array(this.room.buffer, WORDS_AT, HOW_BYTES / 4);
  /** Linux has openat2 since 5.6, and sandboxes may refuse it. */
  #hasOpenat2 = true;

  constructor(library: CLibrary, numbers: CallNumbers) {
    this.#library = library;
    this.numbers = numbers;
    this.address = library.address(this.room);
  }

  /** Makes a call, again if a signal interrupts it; -1 if it fails. */
  try(number: number, a: number, b = 0, c = 0, d = 0, e = 0): number {
    const library = this.#library;
    for (;;) {
      const result = library.call(number, a, b, c, d, e);
      if (result >= 0 || library.errorNumber() !== EINTR) return result;
    }
  }

  /** Makes a call; throws its error, such as ENOENT. */
  do(
    [action, path]: Named,
    number: number,
    a: number,
    b = 0,
    c = 0,
    d = 0,
    e = 0,
  ): number {
    const result = this.try(number, a, b, c, d, e);
    if (result >= 0) return result;
    throw callError(this.#library.errorNumber(), action, path);
  }

  /** Puts a path where the system reads it, in one of two places. */
  place(path: string, which: 0 | 1 = 0): number {
    const room = this.#paths[which]!;
    const { read, written } = encoder.encodeInto(path, room);
    if (read < path.length || written === PATH_BYTES) {
      throw new SystemError("ENAMETOOLONG", "find", path);
    }
    // For the system the path would end there.
    if (path.includes("\0")) throw new SystemError("EINVAL", "find", path);
    room[written] = 0;
    return this.address + ROOM_BYTES + which * PATH_BYTES;
  }

  open(at: number, path: string, flags: number, mode = 0): number {
    const { openat } = this.numbers;
    return this.do(["open", path], openat, at, this.place(path), flags, mode);
  }

  /**
   * Opens a path of which no part may be a link; null where the system cannot
   * do that in one call.
   */
  openUnlinked(
    at: number,
    path: string,
    flags: number,
    mode: number,
  ): number | null {
    if (!this.#hasOpenat2) return null;
    this.#words.set([flags, 0, mode, 0, RESOLVE_NO_SYMLINKS, 0]);
    const place = this.place(path);
    const howAt = this.address + WORDS_AT;
    const { openat2 } = this.numbers;
    const descriptor = this.try(openat2, at, place, howAt, HOW_BYTES);
    if (descriptor >= 0) return descriptor;
    const error = this.#library.errorNumber();
    this.#hasOpenat2 = error !== ENOSYS && error !== EPERM;
    if (this.#hasOpenat2) throw callError(error, "open", path);
    return null;
  }

  /** Throws what executing the file would. */
  checkExecutable(path: string): void {
    const { faccessat } = this.numbers;
    this.do(["run", path], faccessat, AT_FDCWD, this.place(path), X_OK);
  }

  /** Whether a path can be opened to be read. */
  canOpen(path: string): boolean {
    const place = this.place(path);
    const descriptor = this.try(this.numbers.openat, AT_FDCWD, place);
    if (descriptor >= 0) this.close(descriptor);
    return descriptor >= 0;
  }

  close(descriptor: number): void {
    // Not again where a signal interrupts: it is closed all the same.
    this.#library.call(this.numbers.close, descriptor, 0, 0, 0, 0);
  }

  /** Reads at a place in a file; returns how many bytes. */
  read(file: number, bytes: Uint8Array, start: number, path: string): number {
    const to = this.#library.address(bytes);
    const { pread } = this.numbers;
    return this.do(["read", path], pread, file, to, bytes.length, start);
  }

  /** Reads what comes next; returns how many bytes, 0 at the end. */
  readNext(file: number, bytes: Uint8Array, path: string): number {
    const to = this.#library.address(bytes);
    return this.do(["read", path], this.numbers.read, file, to, bytes.length);
  }

  /** Writes; returns how many bytes the system took. */
  write(file: number, bytes: Uint8Array, path: string): number {
    const from = this.#library.address(bytes);
    return this.do(
      ["write", path],
      this.numbers.write,
      file,
      from,
      bytes.length,
    );
  }

  flush(file: number, path: string): void {
    this.do(["flush", path], this.numbers.fsync, file);
  }

  /** Lists some of a directory's entries in the room; 0 bytes at the end. */
  list(directory: number, path: string): number {
    const { getdents } = this.numbers;
    const to = this.address;
    return this.do(["list", path], getdents, directory, to, ROOM_BYTES);
  }

  /** Reads into the room where a link leads; returns how many bytes. */
  readLink(at: number, path: string): number {
    const place = this.place(path);
    const { readlinkat } = this.numbers;
    const to = this.address;
    return this.do(["read", path], readlinkat, at, place, to, ROOM_BYTES);
  }

  /** The number of the file system that a file is on; 0 if it is not known. */
  fileSystem(file: number): number {
    const isKnown = this.try(this.numbers.fstatfs, file, this.address) >= 0;
    return isKnown ? new Uint32Array(this.room.buffer, 0, 1)[0]! : 0;
  }

  /** Asks for the facts about a path; false if nothing is there. */
  stat(at: number, path: string, flags: number): boolean {
    const to = this.address + STAT_AT;
    const { statx } = this.numbers;
    const place = this.place(path);
    if (this.try(statx, at, place, flags, BASIC_STATS, to) >= 0) return true;
    const error = this.#library.errorNumber();
    if (error === ENOENT) return false;
    throw callError(error, "inspect", path);
  }

  /** The facts about a path; null if nothing is there. */
  inspect(at: number, path: string, flags: number): FileInfo | null {
    if (!this.stat(at, path, flags)) return null;
    const stat = this.#stat;
    // They are signed.
    const seconds = stat[28]! + (stat[29]! | 0) * 2 ** 32;
    return {
      kind: KINDS[stat[7]! & KIND_BITS] ?? "other",
      size: stat[10]! + stat[11]! * 2 ** 32,
      // Rounded as `node:fs` rounds.
      modifiedUs: Math.floor((seconds * 1e3 + stat[30]! / 1e6) * 1e3),
      identity: `${stat[34]}:${stat[35]}:${stat[9]}:${stat[8]}`,
      uid: stat[5]!,
    };
  }

  /** The permission bits of what `stat` has found. */
  get mode(): number {
    return this.#stat[7]! & 0o7777;
  }

  /** Sets the permission bits of what a descriptor stands for; not of a link. */
  setMode(file: number, path: string, permissions: number): void {
    const { kind } = this.inspect(file, "", AT_EMPTY_PATH)!;
    if (kind === "symlink") throw new SystemError("ELOOP", "change", path);
    if (this.mode === permissions) return;
    // One that is only a place can be changed by its name alone.
    const place = this.place(`/proc/self/fd/${file}`);
    const { fchmodat } = this.numbers;
    this.do(["change", path], fchmodat, AT_FDCWD, place, permissions);
  }

  /** Whether a descriptor may be a terminal; major 1 is /dev/null and its like. */
  mayBeTerminal(descriptor: number): boolean {
    const stat = this.#stat;
    return withFallback(
      () => this.stat(descriptor, "", AT_EMPTY_PATH),
      false,
    ) &&
      (stat[7]! & KIND_BITS) === CHARACTER_DEVICE && stat[32] !== 1;
  }

  waitReadable(descriptor: number, ms: number): boolean {
    const wholeMs = Math.ceil(ms);
    const seconds = Math.floor(wholeMs / 1000);
    // struct timespec, from which the system takes what has passed, and pollfd.
    const restNs = (wholeMs % 1000) * 1e6;
    this.#words.set([seconds, 0, restNs, 0, descriptor, POLLIN]);
    const at = this.address + WORDS_AT;
    return this.try(this.numbers.ppoll, at + 16, 1, at) > 0;
  }

  reap(pid: number): boolean {
    return this.try(this.numbers.wait4, pid, 0, WNOHANG) > 0;
  }

  openPipe(): PipeEnds {
    const { pipe } = this.numbers;
    this.do(["open", "a pipe"], pipe, this.address + WORDS_AT, O_CLOEXEC);
    return { read: this.#words[0]!, write: this.#words[1]! };
  }

  setDescriptorLimit({ soft, hard }: DescriptorLimit): boolean {
    const limit = new BigUint64Array(this.room.buffer, WORDS_AT, 2);
    const values = [soft, hard];
    limit.set(
      values.map((text) =>
        BigInt.asUintN(64, text === "unlimited" ? -1n : BigInt(text))
      ),
    );
    const { prlimit } = this.numbers;
    return this.try(prlimit, 0, RLIMIT_NOFILE, this.address + WORDS_AT) >= 0;
  }
}

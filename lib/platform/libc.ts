/**
 * UnixCalls through the C library, for Bun where it makes no system calls. Null
 * elsewhere, and where the library cannot be opened.
 */
import type { UnixCalls } from "./platform.ts";
import { SYSTEM } from "./runtime.ts";

interface Symbols {
  pipe(descriptors: Int32Array): number;
  fcntl(descriptor: number, command: number, value: number): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
  waitpid(pid: number, status: null, options: number): number;
  poll(descriptors: Int32Array, count: number, ms: number): number;
}

const FUNCTIONS = {
  pipe: { args: ["ptr"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
  poll: { args: ["ptr", "usize", "i32"], returns: "i32" },
};

const F_SETFD = 2;
const CLOSE_ON_EXEC = 1;
const POLLIN = 1;
const WNOHANG = 1;
/** Linux's; on other systems the limit to restore is not known. */
const RLIMIT_NOFILE = 7;
const INFINITY = 2n ** 64n - 1n;

let libc: UnixCalls | null | undefined;

/** The C library, opened once. */
export function openLibc(): UnixCalls | null {
  if (libc !== undefined) return libc;
  const symbols = openLibrary<Symbols>(FUNCTIONS);
  return libc = symbols === null ? null : wrap(symbols);
}

/** Functions of the C library; null where the runtime cannot call them. */
export function openLibrary<Symbols>(functions: object): Symbols | null {
  // The module `bun:ffi` would take half a millisecond, and add only comfort.
  const { Bun } = globalThis as unknown as {
    Bun?: { FFI?: { dlopen(path: string, functions: object): unknown } };
  };
  if (Bun?.FFI === undefined) return null;
  // musl knows its own library by this name, too.
  const path = SYSTEM === "darwin" ? "/usr/lib/libSystem.B.dylib" : "libc.so.6";
  try {
    return (Bun.FFI.dlopen(path, functions) as { symbols: Symbols }).symbols;
  } catch {
    return null;
  }
}

function wrap(symbols: Symbols): UnixCalls {
  return {
    openPipe() {
      const ends = new Int32Array(2);
      if (symbols.pipe(ends) !== 0) {
        throw Object.assign(new Error("no pipe"), { code: "EMFILE" });
      }
      for (const end of ends) symbols.fcntl(end, F_SETFD, CLOSE_ON_EXEC);
      return { read: ends[0]!, write: ends[1]! };
    },
    setDescriptorLimit({ soft, hard }) {
      const values = [soft, hard].map((text) =>
        text === "unlimited" ? INFINITY : BigInt(text)
      );
      const limit = new BigUint64Array(values);
      return symbols.setrlimit(RLIMIT_NOFILE, limit) === 0;
    },
    reap: (pid) => symbols.waitpid(pid, null, WNOHANG) > 0,
    waitReadable(descriptor, ms) {
      const asked = new Int32Array([descriptor, POLLIN]);
      return symbols.poll(asked, 1, Math.ceil(ms)) > 0;
    },
  };
}

/**
 * How far local time is from UTC. Bun takes 20 ms for its first answer, and the
 * C library, where it can be asked, less than one.
 */
import { SYSTEM } from "./runtime.ts";

/** By how many minutes local time is ahead of UTC at a moment. */
export function offsetAt(us: number): number {
  libraryOffset ??= openLibrary() ?? offsetByDate;
  // Before there were zones, offsets had seconds.
  return Math.round(libraryOffset(Math.floor(us / 1e6)) / 60);
}

/** Both in seconds. */
type Offset = (since1970: number) => number;
let libraryOffset: Offset | undefined;

function offsetByDate(since1970: number): number {
  return -60 * new Date(since1970 * 1000).getTimezoneOffset();
}

/** `tm_gmtoff` in a `struct tm` of glibc, musl and macOS. */
const OFFSET_AT = 40;
const TM_BYTES = 64;

function openLibrary(): Offset | null {
  const { Bun } = globalThis as unknown as {
    Bun?: { FFI?: { dlopen(path: string, functions: object): unknown } };
  };
  if (Bun?.FFI === undefined || SYSTEM === "windows") return null;
  const path = SYSTEM === "darwin" ? "/usr/lib/libSystem.B.dylib" : "libc.so.6";
  try {
    const { symbols } = Bun.FFI.dlopen(path, {
      localtime_r: { args: ["ptr", "ptr"], returns: "ptr" },
    }) as {
      symbols: {
        localtime_r(at: BigInt64Array, tm: Uint8Array): number | null;
      };
    };
    return (since1970) => {
      const tm = new Uint8Array(TM_BYTES);
      const at = new BigInt64Array([BigInt(since1970)]);
      if (!symbols.localtime_r(at, tm)) return offsetByDate(since1970);
      return Number(new DataView(tm.buffer).getBigInt64(OFFSET_AT, true));
    };
  } catch {
    return null;
  }
}

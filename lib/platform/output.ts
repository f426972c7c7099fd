/**
 * Writing to descriptors 1 and 2, checked: all of it goes out before the call
 * returns, a full device is an error, and a reader that has gone is another.
 */
import {
  errorCode,
  explain,
  OutputClosedError,
  StorageError,
} from "../errors.ts";
import { systemClock } from "./clock.ts";
import type { Output } from "./platform.ts";

type FileSystem = typeof import("node:fs");
type Process = typeof import("node:process");

/** While a pipe is full (EAGAIN), it is tried again after so long. */
const BUSY_MS = 2;

const encoder = new TextEncoder();

/** Standard output (1) or standard error (2). */
export function openOutput(
  fs: FileSystem,
  process: Process,
  descriptor: 1 | 2,
): Output {
  return {
    get isTerminal() {
      return isTerminal(fs, process, descriptor);
    },
    size: () =>
      isTerminal(fs, process, descriptor) ? terminalSize(process) : null,
    write(text) {
      const bytes = encoder.encode(text);
      for (let written = 0; written < bytes.length;) {
        try {
          written += fs.writeSync(descriptor, bytes.subarray(written));
        } catch (error) {
          if (errorCode(error) !== "EAGAIN") throw asOutputError(error);
          systemClock.pause(BUSY_MS);
        }
      }
    },
    async send(bytes) {
      for (let written = 0; written < bytes.length;) {
        try {
          written += await writeLater(fs, descriptor, bytes.subarray(written));
        } catch (error) {
          if (errorCode(error) !== "EAGAIN") throw asOutputError(error);
          await systemClock.sleep(BUSY_MS);
        }
      }
    },
  };
}

function writeLater(
  fs: FileSystem,
  descriptor: number,
  bytes: Uint8Array,
): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.write(descriptor, bytes, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    })
  );
}

function asOutputError(cause: unknown): Error {
  if (errorCode(cause) === "EPIPE") return new OutputClosedError({ cause });
  return new StorageError(`Cannot write output: ${explain(cause)}`, { cause });
}

/** Only what may be a terminal is asked: the asking costs Bun 2 ms. */
function isTerminal(
  fs: FileSystem,
  process: Process,
  descriptor: 1 | 2,
): boolean {
  if (!mayBeTerminal(fs, process, descriptor)) return false;
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return stream.isTTY === true;
}

function mayBeTerminal(
  fs: FileSystem,
  process: Process,
  descriptor: number,
): boolean {
  try {
    const stats = fs.fstatSync(descriptor);
    if (!stats.isCharacterDevice()) return process.platform === "win32";
    // Linux: major 1 is /dev/null and its like.
    return process.platform !== "linux" || stats.rdev >> 8 !== 1;
  } catch {
    return false;
  }
}

/** Asked anew each time: a resize must not leave an old size behind. */
function terminalSize(process: Process) {
  const stream = process.stdout.isTTY ? process.stdout : process.stderr;
  (stream as unknown as { _refreshSize?: () => void })._refreshSize?.();
  const { columns, rows } = stream;
  return columns > 0 && rows > 0 ? { columns, rows } : null;
}

/** Closes what may be a terminal: then no runtime puts its modes back. */
export function leaveTerminal(fs: FileSystem, process: Process): void {
  if (process.platform === "win32") return;
  for (const descriptor of [0, 1, 2] as const) {
    if (!mayBeTerminal(fs, process, descriptor)) continue;
    try {
      fs.closeSync(descriptor);
      // The lowest number that is free: the one that was just closed.
      fs.openSync("/dev/null", "r+");
    } catch {
      // Then the modes are put back, as they always were.
    }
  }
}

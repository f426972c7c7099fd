/**
 * Writing to descriptors 1 and 2, checked: all of it goes out before the call
 * returns, a full device is an error, and a reader that left is told apart.
 */
import {
  errorCode,
  explain,
  OutputClosedError,
  StorageError,
} from "../errors.ts";
import type { Output } from "./platform.ts";

/** What differs between the runtimes. */
export interface OutputDevice {
  /** One write; returns how many bytes were taken. */
  write(bytes: Uint8Array): number;
  /** The same, without holding up the rest of the process. */
  send(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
  size(): { columns: number; rows: number } | null;
  /** Waits a moment when a pipe is full (EAGAIN). */
  pause(ms: number): void;
}

const encoder = new TextEncoder();

/** An Output on a device. */
export function openOutput(device: OutputDevice): Output {
  return {
    get isTerminal() {
      return device.isTerminal();
    },
    size: () => device.isTerminal() ? device.size() : null,
    write: (text) => writeAll(device, encoder.encode(text)),
    send: (bytes) => sendAll(device, bytes),
  };
}

function writeAll(device: OutputDevice, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += device.write(bytes.subarray(written));
    } catch (error) {
      if (!isBusy(error)) throw asOutputError(error);
      device.pause(2);
    }
  }
}

async function sendAll(device: OutputDevice, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += await device.send(bytes.subarray(written));
    } catch (error) {
      if (!isBusy(error)) throw asOutputError(error);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

function asOutputError(cause: unknown): Error {
  if (isClosed(cause)) return new OutputClosedError({ cause });
  return new StorageError(`Cannot write output: ${explain(cause)}`, { cause });
}

function isBusy(error: unknown): boolean {
  return errorCode(error) === "EAGAIN" ||
    (error as Error | null)?.name === "WouldBlock";
}

function isClosed(error: unknown): boolean {
  return errorCode(error) === "EPIPE" ||
    (error as Error | null)?.name === "BrokenPipe";
}

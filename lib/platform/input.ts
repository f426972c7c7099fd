/**
 * Standard input: a keyboard, a pipe or a file. Each runtime has its own trap:
 * a read that waits must be given up without keeping the process alive.
 */
import { errorCode, SystemError } from "../errors.ts";
import type {
  Clock,
  FileAccess,
  Input,
  ReadLimits,
  UnixCalls,
} from "./platform.ts";
import { process, systemClock } from "./runtime.ts";

const CHUNK_BYTES = 64 * 1024;

/** Standard input of this process. */
export function openInput(access: FileAccess): Input {
  const read = (room: Uint8Array) => readSome(access, room);
  return {
    get isTerminal() {
      return process.stdin.isTTY === true;
    },
    listen,
    readAll: (maxBytes) => readAll(read, maxBytes),
    readWithTimeout(limits) {
      const calls = access.unixCalls();
      const reader = calls === null
        ? chunkReader(openChunks(), systemClock)
        : pollReader(calls, read);
      return readWithTimeout(reader, limits, () => performance.now());
    },
    readLine: () => readLine(read),
    chunks: openChunks,
  };
}

function listen(onKeys: (keys: string) => void): () => void {
  const { stdin } = process;
  const decoder = new TextDecoder();
  const onData = (data: Uint8Array) =>
    onKeys(decoder.decode(data, { stream: true }));
  stdin.setRawMode(true);
  stdin.on("data", onData);
  stdin.resume();
  return () => {
    stdin.off("data", onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Reads what is there, or waits for it; 0 at the end. */
type Read = (room: Uint8Array) => number;

function readAll(read: Read, maxBytes: number): string {
  const buffer = new ByteBuffer();
  for (;;) {
    const count = read(buffer.free());
    if (count === 0) return new TextDecoder().decode(buffer.bytes());
    buffer.take(count);
    if (buffer.length > maxBytes) {
      throw new SystemError("EFBIG", "read", "standard input");
    }
  }
}

/** A byte at a time: what follows the line is for another program. */
function readLine(read: Read): string | null {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  for (;;) {
    const isAtEnd = read(byte) === 0;
    if (isAtEnd && bytes.length === 0) return null;
    if (isAtEnd || byte[0] === 10) {
      return new TextDecoder().decode(new Uint8Array(bytes));
    }
    bytes.push(byte[0]!);
  }
}

function readSome(access: FileAccess, room: Uint8Array): number {
  for (;;) {
    try {
      return access.read(0, room);
    } catch (error) {
      if (errorCode(error) === "EOF") return 0;
      if (errorCode(error) !== "EAGAIN") throw error;
      systemClock.pause(5);
    }
  }
}

/** The bytes as they come; each chunk is valid until the next is asked for. */
function openChunks(): AsyncIterable<Uint8Array> {
  const { Bun } = globalThis as unknown as {
    Bun?: { stdin: { stream(): ReadableStream<Uint8Array> } };
  };
  const iterator = Bun === undefined ? streamChunks() : bunChunks(Bun.stdin);
  return { [Symbol.asyncIterator]: () => iterator };
}

/** Bun gives up a read that waits; one through `fs` would keep the process. */
function bunChunks(
  stdin: { stream(): ReadableStream<Uint8Array> },
): AsyncIterator<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  return {
    async next() {
      reader ??= stdin.stream().getReader();
      return await reader.read() as IteratorResult<Uint8Array>;
    },
    async return() {
      await reader?.cancel();
      return { done: true, value: undefined };
    },
  };
}

/** A paused stream keeps neither Node nor Deno; a destroyed one keeps Deno. */
function streamChunks(): AsyncIterator<Uint8Array> {
  const { stdin } = process;
  const { on } = process.getBuiltinModule("node:events");
  const chunks = on(stdin, "data", { close: ["end", "close"] });
  return {
    async next() {
      stdin.resume();
      const { value, done } = await chunks.next();
      stdin.pause();
      return done ? { done, value } : { done, value: value[0] };
    },
    async return() {
      stdin.pause();
      await chunks.return!();
      return { done: true, value: undefined };
    },
  };
}

/** Reads with a limit in time. */
export interface TimedReader {
  /** After so long without a byte, what has come may be all, milliseconds. */
  readonly quietMs: number;
  /**
   * Adds the next bytes to a buffer and returns how many; 0 at the end, "quiet"
   * if none come within `ms`.
   */
  readInto(buffer: ByteBuffer, ms: number): Promise<number | "quiet">;
  /** Gives up a read that waits. */
  close(): void;
}

/** By asking the system: the shortest way to a payload that is there already. */
function pollReader(calls: UnixCalls, readNext: Read): TimedReader {
  return {
    quietMs: 0,
    // deno-lint-ignore require-await
    async readInto(buffer, ms) {
      if (!calls.waitReadable(0, ms)) return "quiet";
      const count = readNext(buffer.free());
      buffer.take(count);
      return count;
    },
    close() {},
  };
}

/** By chunks that come of themselves. */
export function chunkReader(
  chunks: AsyncIterable<Uint8Array>,
  clock: Pick<Clock, "sleep">,
): TimedReader {
  const input = chunks[Symbol.asyncIterator]();
  let coming: Promise<IteratorResult<Uint8Array>> | null = null;
  return {
    quietMs: 20,
    async readInto(buffer, ms) {
      const heard = new AbortController();
      const quiet = clock.sleep(ms, heard.signal).then(() => "quiet" as const);
      const next = await Promise.race([coming ??= input.next(), quiet]);
      heard.abort();
      if (next === "quiet") return next;
      coming = null;
      if (next.done === true) return 0;
      buffer.add(next.value);
      return next.value.length;
    },
    close: () => void input.return?.()?.catch(() => {}),
  };
}

/** A pipe holds no more than this. */
const PIPE_BYTES = 1024 * 1024;

/**
 * Reads to the end, until what has come is whole, or to the limit. What was
 * written before the limit is taken even if it could not be read in time.
 */
export async function readWithTimeout(
  reader: TimedReader,
  { timeoutMs, isWhole }: ReadLimits,
  nowMs: () => number,
): Promise<Uint8Array> {
  const buffer = new ByteBuffer();
  const endMs = nowMs() + timeoutMs;
  let judgedLength = 0;
  let lateLength = 0;
  while (lateLength <= PIPE_BYTES) {
    const leftMs = endMs - nowMs();
    const isNew = buffer.length > judgedLength;
    const ms = isNew || leftMs <= 0 ? reader.quietMs : leftMs;
    const count = await reader.readInto(buffer, ms);
    if (count === 0) break;
    if (count === "quiet") {
      if (leftMs <= 0 || isNew && isWhole(buffer.bytes())) break;
      judgedLength = buffer.length;
    } else if (leftMs <= 0) lateLength += count;
  }
  reader.close();
  return buffer.bytes();
}

/** No payload is longer; what follows is read and dropped. */
const MOST_BYTES = 256 * 1024 * 1024;
/** Most payloads are shorter. */
const FIRST_BYTES = 8 * 1024;

/** Bytes that come one after the other, in one place. */
export class ByteBuffer {
  #room = new Uint8Array(FIRST_BYTES);
  /** How many have come. */
  length = 0;

  /** What has come so far; valid until more does. */
  bytes(): Uint8Array {
    return this.#room.subarray(0, this.length);
  }

  /** Where the next bytes can be put; `take` then counts them. */
  free(): Uint8Array {
    if (this.length >= MOST_BYTES) return new Uint8Array(CHUNK_BYTES);
    if (this.length === this.#room.length) {
      // Few steps: pages that are not touched cost nothing.
      const larger = new Uint8Array(Math.min(16 * this.length, MOST_BYTES));
      larger.set(this.#room);
      this.#room = larger;
    }
    return this.#room.subarray(this.length);
  }

  take(count: number): void {
    this.length = Math.min(this.length + count, MOST_BYTES);
  }

  /** Takes a copy. */
  add(chunk: Uint8Array): void {
    for (let rest = chunk; rest.length > 0;) {
      const free = this.free();
      const part = rest.subarray(0, free.length);
      free.set(part);
      this.take(part.length);
      rest = rest.subarray(part.length);
    }
  }
}

/** Reading standard input for a while, where there is no better way to wait. */
import type { Clock, ReadLimits } from "./platform.ts";

/** More than anybody has to say; what follows is read and dropped. */
export const MOST_BYTES = 256 * 1024 * 1024;

/** So long nothing must come before it is asked whether that was all. */
const QUIET_MS = 20;

/** Reads chunks to their end, until they are whole, or for so long. */
export async function readWithTimeout(
  chunks: AsyncIterable<Uint8Array>,
  { forMs, isWhole }: ReadLimits,
  clock: Clock,
): Promise<Uint8Array> {
  const input = chunks[Symbol.asyncIterator]();
  const over = new AbortController();
  const gather = new ByteBuffer();
  const deadline = clock.sleep(forMs, over.signal).then(() => null);
  try {
    for (;;) {
      const coming = input.next();
      const heard = new AbortController();
      const quiet = gather.total === 0
        ? deadline
        : clock.sleep(QUIET_MS, heard.signal).then(() => "quiet" as const);
      let next = await Promise.race([coming, quiet, deadline]);
      heard.abort();
      if (next === "quiet") {
        if (isWhole(gather.bytes())) break;
        next = await Promise.race([coming, deadline]);
      }
      if (next === null || next.done === true) break;
      gather.add(next.value);
    }
  } finally {
    over.abort();
    // Not waited for: a read that goes on may never end.
    input.return?.()?.catch(() => {});
  }
  return gather.bytes();
}

/** Bytes that come one after the other, in one place. */
export class ByteBuffer {
  #room = new Uint8Array(64 * 1024);
  total = 0;

  /** What has come so far; valid until more does. */
  bytes(): Uint8Array {
    return this.#room.subarray(0, this.total);
  }

  /** Takes a copy. */
  add(chunk: Uint8Array): void {
    if (this.total + chunk.length > MOST_BYTES) return;
    this.reserve(chunk.length).set(chunk);
    this.total += chunk.length;
  }

  /** Room for so many bytes more, which count when `total` says so. */
  reserve(length: number): Uint8Array {
    if (this.total + length > this.#room.length) {
      // Few steps: pages that are not touched cost nothing.
      const larger = new Uint8Array(16 * (this.total + length));
      larger.set(this.bytes());
      this.#room = larger;
    }
    return this.#room.subarray(this.total);
  }
}

/**
 * The end of what was written: the last bytes of a stream in a bounded ring,
 * and the last lines of two streams.
 */

/** Bytes that are kept of each stream. */
const ROOM = 16 * 1024;
/** Lines that are told of each stream. */
const LINES = 10;
/** Characters that are told of each line. */
const LINE_LENGTH = 500;

/** The last bytes that went through a stream. */
export class Tail {
  readonly #ring = new Uint8Array(ROOM);
  /** How many bytes went through in all. */
  #total = 0;

  /** Adds what came next. */
  add(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - ROOM));
    const at = (this.#total + bytes.length - kept.length) % ROOM;
    const room = ROOM - at;
    this.#ring.set(kept.subarray(0, room), at);
    if (kept.length > room) this.#ring.set(kept.subarray(room), 0);
    this.#total += bytes.length;
  }

  /** The last lines, the newest last; each may be cut. */
  lines(): string[] {
    const at = this.#total % ROOM;
    const isWhole = this.#total <= ROOM;
    const text = new TextDecoder().decode(
      isWhole ? this.#ring.subarray(0, this.#total) : new Uint8Array([
        ...this.#ring.subarray(at),
        ...this.#ring.subarray(0, at),
      ]),
    );
    // A carriage return draws a line anew: what stood last is what counts.
    const lines = text.split("\n").map((line) =>
      line.replace(/\r+$/, "").split("\r").at(-1)!
    );
    if (lines.at(-1) === "") lines.pop();
    if (!isWhole && lines.length > 1) lines.shift();
    return lines.slice(-LINES).map((line) => line.slice(0, LINE_LENGTH));
  }
}

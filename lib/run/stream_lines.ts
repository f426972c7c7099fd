/**
 * From bytes to instructions, by the line. A loop may say a million times how
 * far it is and only the last counts, so progress is not made into texts: the
 * scanner keeps the newest percentage and where in the bytes its message is,
 * and decodes it when it is asked for. Memory is bounded: a line that goes on
 * for too long is passed over. Pure.
 */
import { type Instruction, readWords } from "./stream_words.ts";
import type { JsonObject } from "../session/types.ts";

/** The longest line that is read, in bytes. */
export const LINE_LIMIT = 1024 * 1024;
/** Metadata of lines beyond so many bytes is handed on, not gathered further. */
const METADATA_LIMIT = 16 * 1024;
/** How much of a bad line is kept to be shown, in bytes. */
const SHOWN_BYTES = 120;

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const PERCENT = 37;
const SLASH = 47;
const ZERO = 48;
const NINE = 57;

/** A line that says nothing that can be understood. */
export interface BadLine {
  kind: "bad";
  /** From 1, blank lines counted. */
  lineNumber: number;
  /** How it begins. */
  text: string;
  why: string;
}

/** The newest of several heartbeats, with what the others have left of it. */
export interface Heartbeat {
  kind: "heartbeat";
  pct: number | null;
  /** "" where none said anything. */
  message: string;
  metadata: JsonObject | null;
}

/** What a scanner hands out in the middle of a chunk. */
export type Urgent =
  | Exclude<Instruction, { kind: "heartbeat" }>
  | BadLine
  /** So much was gathered that it has to be taken. */
  | { kind: "full" };

/** Reads chunk after chunk; see the top of the file. */
export class LineScanner {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The beginning of a line whose end has not come yet. */
  #carry = new Uint8Array(4096);
  #carried = 0;
  /** The line is too long: what comes until its end is passed over. */
  #skips = false;
  #lines = 0;
  #isPending = false;
  #pct = -1;
  #message = "";
  #metadata: JsonObject | null = null;
  #metadataBytes = 0;
  /** Where the newest message is; decoded before the bytes change. */
  #bytes: Uint8Array | null = null;
  #from = 0;
  #to = 0;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** The bytes to read next; what was there has been read. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** What cannot wait, in order; null when the chunk has been read. */
  next(): Urgent | null {
    const chunk = this.#chunk;
    const { length } = chunk;
    while (this.#at < length) {
      const from = this.#at;
      const end = chunk.indexOf(NEWLINE, from);
      if (end < 0) {
        this.#at = length;
        this.#keep(chunk.subarray(from));
        return null;
      }
      this.#at = end + 1;
      const urgent = this.#carried > 0 || this.#skips
        ? this.#joined(chunk.subarray(from, end))
        : this.#line(chunk, from, end);
      if (urgent !== null) return urgent;
    }
    this.#settle();
    return null;
  }

  /** The input has ended: what is left is a line too. */
  finish(): Urgent | null {
    if (this.#carried === 0 && !this.#skips) return null;
    return this.#joined(new Uint8Array(0));
  }

  /** Whether a heartbeat has been gathered. */
  get hasHeartbeat(): boolean {
    return this.#isPending;
  }

  /** The gathered heartbeat, which is then no longer here; null if none. */
  take(): Heartbeat | null {
    if (!this.#isPending) return null;
    this.#settle();
    const heartbeat: Heartbeat = {
      kind: "heartbeat",
      pct: this.#pct < 0 ? null : this.#pct,
      message: this.#message,
      metadata: this.#metadata,
    };
    this.#isPending = false;
    this.#pct = -1;
    this.#message = "";
    this.#metadata = null;
    this.#metadataBytes = 0;
    return heartbeat;
  }

  /** Keeps the beginning of a line for the chunk that has its end. */
  #keep(part: Uint8Array): void {
    this.#settle();
    if (this.#skips) return;
    const length = this.#carried + part.length;
    if (length > LINE_LIMIT) {
      this.#skips = true;
      part = part.subarray(0, Math.max(0, SHOWN_BYTES - this.#carried));
      if (part.length === 0) return;
    }
    const needed = this.#carried + part.length;
    if (needed > this.#carry.length) {
      const larger = new Uint8Array(Math.max(needed, this.#carry.length * 2));
      larger.set(this.#carry.subarray(0, this.#carried));
      this.#carry = larger;
    }
    this.#carry.set(part, this.#carried);
    this.#carried = needed;
  }

  /** A line whose beginning came earlier. */
  #joined(rest: Uint8Array): Urgent | null {
    this.#keep(rest);
    const length = this.#carried;
    const skipped = this.#skips;
    this.#carried = 0;
    this.#skips = false;
    if (!skipped) return this.#line(this.#carry, 0, length);
    this.#lines++;
    return this.#bad(this.#carry, {
      from: 0,
      to: length,
      why: `a line has ${LINE_LIMIT} bytes at most`,
    });
  }

  #line(bytes: Uint8Array, from: number, end: number): Urgent | null {
    this.#lines++;
    let to = end;
    if (to > from && bytes[to - 1] === RETURN) to--;
    let at = from;
    while (at < to && isBlank(bytes[at]!)) at++;
    if (at === to) return null;
    const digits = at;
    let value = 0;
    let byte = bytes[at]!;
    while (byte >= ZERO && byte <= NINE && at < to) {
      value = value * 10 + byte - ZERO;
      byte = ++at < to ? bytes[at]! : SPACE;
    }
    // The rule by far: digits, perhaps "%" or "/" and digits, then a blank.
    if (at > digits && at - digits < 10) {
      if (byte === PERCENT) byte = ++at < to ? bytes[at]! : SPACE;
      else if (byte === SLASH) {
        const after = at + 1;
        let whole = 0;
        byte = ++at < to ? bytes[at]! : SPACE;
        while (byte >= ZERO && byte <= NINE && at < to) {
          whole = whole * 10 + byte - ZERO;
          byte = ++at < to ? bytes[at]! : SPACE;
        }
        const isShort = at > after && at - after < 10;
        value = whole > 0 ? Math.floor(value * 100 / whole) : 0;
        if (!isShort || whole === 0) byte = SLASH;
      }
      if (byte === SPACE || byte === TAB) {
        this.#heartbeat(value > 100 ? 100 : value, bytes, { at, to });
        return null;
      }
    }
    return this.#words(bytes, digits, to);
  }

  #heartbeat(
    pct: number,
    bytes: Uint8Array,
    { at, to }: { at: number; to: number },
  ): void {
    this.#isPending = true;
    this.#pct = pct;
    while (at < to && isBlank(bytes[at]!)) at++;
    if (at === to) return;
    this.#bytes = bytes;
    this.#from = at;
    this.#to = to;
  }

  /** Whatever is not a plain percentage. */
  #words(bytes: Uint8Array, from: number, to: number): Urgent | null {
    const read = readWords(this.#decoder.decode(bytes.subarray(from, to)));
    if (read.kind === "bad") {
      return this.#bad(bytes, { from, to, why: read.why });
    }
    if (read.kind !== "heartbeat") return read;
    this.#settle();
    this.#isPending = true;
    if (read.pct !== null) this.#pct = read.pct;
    if (read.message !== "") this.#message = read.message;
    if (read.metadata === null) return null;
    this.#metadata = { ...this.#metadata, ...read.metadata };
    this.#metadataBytes += to - from;
    return this.#metadataBytes > METADATA_LIMIT ? { kind: "full" } : null;
  }

  #bad(
    bytes: Uint8Array,
    { from, to, why }: { from: number; to: number; why: string },
  ): BadLine {
    const shown = bytes.subarray(from, Math.min(to, from + SHOWN_BYTES));
    return {
      kind: "bad",
      lineNumber: this.#lines,
      text: this.#decoder.decode(shown),
      why,
    };
  }

  #settle(): void {
    if (this.#bytes === null) return;
    this.#message = this.#decoder.decode(
      this.#bytes.subarray(this.#from, this.#to),
    );
    this.#bytes = null;
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

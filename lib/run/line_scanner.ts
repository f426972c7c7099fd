/**
 * Reads the bytes of a stream line by line. A loop may report its progress a
 * million times, and only the newest counts, so a plain percentage costs no
 * text: the scanner keeps it, and where in the bytes its message is, and
 * decodes that when it is asked for. Memory is bounded: the rest of a line that
 * is too long is skipped. Pure.
 */
import {
  type Heartbeat,
  type Instruction,
  mergeHeartbeat,
  parseInstruction,
} from "./instruction.ts";

/** The longest line that is read, in bytes. */
export const LINE_LIMIT = 1024 * 1024;
/** When lines with metadata have more bytes, it has to be taken. */
const GATHERED_LIMIT = 16 * 1024;
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

/** A line that cannot be read. */
export interface BadLine {
  kind: "bad";
  /** From 1, blank lines counted. */
  lineNumber: number;
  /** How it begins. */
  text: string;
  why: string;
}

/** What a scanner hands out in the middle of a chunk. */
export type Urgent =
  | Exclude<Instruction, Heartbeat>
  | BadLine
  /** So much metadata was gathered that it has to be taken. */
  | { kind: "full" };

/** A part of the bytes. */
type Range = { bytes: Uint8Array; from: number; to: number };

/** Reads chunk after chunk: `push`, `next` until it is null, and `take`. */
export class LineScanner {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The beginning of a line whose end has not come yet. */
  readonly #carry = new Uint8Array(LINE_LIMIT);
  #carried = 0;
  /** The line is too long: what comes until its end is skipped. */
  #isSkipping = false;
  #lines = 0;
  /** The heartbeats since the last `take`, as one. */
  #gathered = noHeartbeat();
  /** Whether a heartbeat has been gathered. */
  hasHeartbeat = false;
  #metadataBytes = 0;
  /** Where the newest message is; decoded before the bytes change. */
  #message: Range | null = null;
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
      const urgent = this.#carried > 0 || this.#isSkipping
        ? this.#joined(chunk.subarray(from, end))
        : this.#line(chunk, from, end);
      if (urgent !== null) return urgent;
    }
    this.#decodeMessage();
    return null;
  }

  /** The input has ended: what is left is a line too. */
  finish(): Urgent | null {
    if (this.#carried === 0 && !this.#isSkipping) return null;
    return this.#joined(new Uint8Array(0));
  }

  /** Hands out the gathered heartbeat; null if there is none. */
  take(): Heartbeat | null {
    if (!this.hasHeartbeat) return null;
    this.#decodeMessage();
    const heartbeat = this.#gathered;
    this.#gathered = noHeartbeat();
    this.hasHeartbeat = false;
    this.#metadataBytes = 0;
    return heartbeat;
  }

  /** Keeps the beginning of a line for the chunk that has its end. */
  #keep(part: Uint8Array): void {
    this.#decodeMessage();
    if (this.#isSkipping) return;
    if (this.#carried + part.length > LINE_LIMIT) {
      this.#isSkipping = true;
      part = part.subarray(0, Math.max(0, SHOWN_BYTES - this.#carried));
    }
    this.#carry.set(part, this.#carried);
    this.#carried += part.length;
  }

  /** A line whose beginning came earlier. */
  #joined(rest: Uint8Array): Urgent | null {
    this.#keep(rest);
    const to = this.#carried;
    const isTooLong = this.#isSkipping;
    this.#carried = 0;
    this.#isSkipping = false;
    if (!isTooLong) return this.#line(this.#carry, 0, to);
    this.#lines++;
    const why = `a line has ${LINE_LIMIT} bytes at most`;
    return this.#badLine({ bytes: this.#carry, from: 0, to }, why);
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
    // Most lines: digits, perhaps "%" or "/" and digits, then a blank.
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
        this.hasHeartbeat = true;
        this.#gathered.progressPct = value > 100 ? 100 : value;
        while (at < to && isBlank(bytes[at]!)) at++;
        if (at < to) this.#message = { bytes, from: at, to };
        return null;
      }
    }
    return this.#instruction({ bytes, from: digits, to });
  }

  /** Whatever is not a plain percentage. */
  #instruction(line: Range): Urgent | null {
    const read = parseInstruction(this.#decode(line));
    if (read.kind === "bad") return this.#badLine(line, read.why);
    if (read.kind !== "heartbeat") return read;
    this.#decodeMessage();
    this.hasHeartbeat = true;
    mergeHeartbeat(this.#gathered, read);
    if (read.metadata === undefined) return null;
    this.#metadataBytes += line.to - line.from;
    return this.#metadataBytes > GATHERED_LIMIT ? { kind: "full" } : null;
  }

  #badLine({ bytes, from, to }: Range, why: string): BadLine {
    const shown = { bytes, from, to: Math.min(to, from + SHOWN_BYTES) };
    const text = this.#decode(shown);
    return { kind: "bad", lineNumber: this.#lines, text, why };
  }

  #decodeMessage(): void {
    if (this.#message === null) return;
    this.#gathered.message = this.#decode(this.#message);
    this.#message = null;
  }

  #decode({ bytes, from, to }: Range): string {
    return this.#decoder.decode(bytes.subarray(from, to));
  }
}

function noHeartbeat(): Heartbeat {
  return { kind: "heartbeat", progressPct: null, message: "" };
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

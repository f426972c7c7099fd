/**
 * What is still to be recorded of a stream, in order. What cannot be written
 * stays and is tried again; heartbeats that wait are one. Once the session has
 * ended, here or elsewhere, nothing is taken any more.
 */
import {
  NotFoundError,
  PtrackError,
  RefusedError,
  StorageError,
} from "../errors.ts";
import type { Recorded } from "../store/store.ts";
import type { SessionTracker } from "../tracker.ts";
import type { RateLimitedWarnings } from "./rate_limited_warnings.ts";
import type { Instruction } from "./stream_words.ts";

/** How many instructions wait at most while nothing can be written. */
const ROOM = 1000;

/** What has become of the session, as far as the stream knows. */
export type SessionOutcome =
  | { kind: "running" }
  | { kind: "completed" }
  | { kind: "failed" }
  /** It was ended, replaced or removed by somebody else. */
  | { kind: "lost"; exitCode: number };

/** Records instructions, one after the other. */
export class EventQueue {
  readonly #tracker: SessionTracker;
  readonly #complaints: RateLimitedWarnings;
  #waiting: Instruction[] = [];
  #dropped = 0;
  #hasEnd = false;
  #isFailing = false;
  #warned = "";
  #fate: SessionOutcome = { kind: "running" };

  constructor(tracker: SessionTracker, complaints: RateLimitedWarnings) {
    this.#tracker = tracker;
    this.#complaints = complaints;
  }

  /** What has become of the session. */
  get fate(): SessionOutcome {
    return this.#fate;
  }

  /** Whether anything more can be recorded. */
  get isOpen(): boolean {
    return !this.#hasEnd && this.#fate.kind === "running";
  }

  /** Whether something could not be recorded yet. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes an instruction; `flush` records it. */
  add(instruction: Instruction): void {
    if (!this.isOpen) return;
    const { kind } = instruction;
    this.#hasEnd = kind === "complete" || kind === "fail";
    const last = this.#waiting.at(-1);
    if (kind === "heartbeat" && last?.kind === "heartbeat") {
      if (instruction.pct !== null) last.pct = instruction.pct;
      if (instruction.message !== "") last.message = instruction.message;
      const metadata = { ...last.metadata, ...instruction.metadata };
      if (instruction.metadata !== null) last.metadata = metadata;
      return;
    }
    this.#waiting.push(instruction);
    if (this.#waiting.length <= ROOM) return;
    this.#waiting.shift();
    this.#dropped++;
  }

  /** Records what waits; what cannot be written now stays. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        const recorded = await this.#send(this.#waiting[0]!);
        this.#warn(recorded?.warnings ?? []);
      } catch (error) {
        if (error instanceof StorageError) return this.#fail(error);
        if (!(error instanceof PtrackError)) throw error;
        this.#complaints.say(error.message);
        if (
          error instanceof RefusedError || error instanceof NotFoundError
        ) {
          this.#waiting = [];
          this.#fate = { kind: "lost", exitCode: error.exitCode };
          return;
        }
      }
      this.#waiting.shift();
    }
    this.#isFailing = false;
  }

  /** Says what was lost while nothing could be written. */
  close(): void {
    const lost = this.#dropped + this.#waiting.length;
    if (lost > 0) this.#complaints.say(`${lost} reports were not recorded`);
  }

  async #send(instruction: Instruction): Promise<Recorded | null> {
    switch (instruction.kind) {
      case "heartbeat": {
        const { pct, message, metadata } = instruction;
        return await this.#tracker.heartbeat({
          progressPct: pct,
          message,
          ...(metadata === null ? {} : { metadata }),
        });
      }
      case "waiting":
        return await this.#tracker.waiting(instruction.text);
      case "error":
        return await this.#tracker.error(instruction.text);
      case "complete": {
        const { outputFiles, message } = instruction;
        const recorded = await this.#tracker.complete({
          outputFiles,
          message,
        });
        this.#fate = { kind: "completed" };
        return recorded;
      }
      case "fail": {
        const { text, outputFiles } = instruction;
        const recorded = await this.#tracker.fail(text, { outputFiles });
        this.#fate = { kind: "failed" };
        return recorded;
      }
    }
  }

  /** Once an outage: it may last for a million lines. */
  #fail(error: StorageError): void {
    if (!this.#isFailing) this.#complaints.say(error.message);
    this.#isFailing = true;
  }

  #warn(warnings: readonly string[]): void {
    const text = warnings.join("; ");
    if (text !== "" && text !== this.#warned) this.#complaints.say(text);
    this.#warned = text;
  }
}

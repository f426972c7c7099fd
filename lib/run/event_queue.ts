/**
 * The reports of a stream that are still to be recorded, in order. One that
 * cannot be written stays and is tried again; heartbeats in a row become one.
 * Once the session has ended, here or elsewhere, no more are taken.
 */
import { PtrackError, StorageError, UsageError } from "../errors.ts";
import type { Recorded } from "../store/store.ts";
import type { SessionTracker } from "../tracker.ts";
import { type Instruction, mergeHeartbeat } from "./instruction.ts";

/** How many instructions wait at most while nothing can be written. */
const CAPACITY = 1000;

/** What has become of a session; `lost`: ended, replaced or removed elsewhere. */
export type SessionOutcome =
  | { kind: "running" | "completed" | "failed" }
  | { kind: "lost"; exitCode: number };

/** Records instructions, one after the other. */
export class EventQueue {
  readonly #tracker: SessionTracker;
  readonly #warn: (text: string) => void;
  #waiting: Instruction[] = [];
  #dropped = 0;
  #hasEnd = false;
  #isFailing = false;
  #lastWarning = "";
  /** What has become of the session, as far as is known. */
  outcome: SessionOutcome = { kind: "running" };

  constructor(tracker: SessionTracker, warn: (text: string) => void) {
    this.#tracker = tracker;
    this.#warn = warn;
  }

  /** Whether anything more can be recorded. */
  get isOpen(): boolean {
    return !this.#hasEnd && this.outcome.kind === "running";
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
      return mergeHeartbeat(last, instruction);
    }
    this.#waiting.push(instruction);
    if (this.#waiting.length <= CAPACITY) return;
    this.#waiting.shift();
    this.#dropped++;
  }

  /** Records what waits; what cannot be written now stays. */
  async flush(): Promise<void> {
    while (this.isWaiting) {
      try {
        const instruction = this.#waiting[0]!;
        this.#printWarnings(await record(this.#tracker, instruction));
        if (instruction.kind === "complete") {
          this.outcome = { kind: "completed" };
        } else if (instruction.kind === "fail") {
          this.outcome = { kind: "failed" };
        }
      } catch (error) {
        if (!(error instanceof PtrackError)) throw error;
        // An outage may last for a million lines: it is told once.
        if (!this.#isFailing) this.#warn(error.message);
        this.#isFailing = error instanceof StorageError;
        if (this.#isFailing) return;
        if (!(error instanceof UsageError)) {
          this.outcome = { kind: "lost", exitCode: error.exitCode };
          this.#waiting = [];
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
    if (lost > 0) this.#warn(`${lost} reports were not recorded`);
  }

  #printWarnings(recorded: Recorded | null): void {
    const text = recorded?.warnings.join("; ") ?? "";
    if (text !== "" && text !== this.#lastWarning) this.#warn(text);
    this.#lastWarning = text;
  }
}

function record(
  tracker: SessionTracker,
  instruction: Instruction,
): Promise<Recorded | null> {
  switch (instruction.kind) {
    case "heartbeat":
      return tracker.heartbeat(instruction);
    case "waiting":
      return tracker.waiting(instruction.text);
    case "error":
      return tracker.error(instruction.text);
    case "complete":
      return tracker.complete(instruction);
    case "fail":
      return tracker.fail(instruction.text, instruction);
  }
}

/**
 * Who a signal was meant for. A terminal sends Ctrl-C to a whole group, in
 * which the command is too; `kill` sends to us alone. A witness in our group
 * tells the two apart: it dies of what the group got.
 */
import type { Clock } from "../platform/platform.ts";
import type {
  Child,
  Ending,
  Processes,
  SignalName,
} from "../platform/processes.ts";

/** How long a witness has to die, milliseconds. */
const PATIENCE_MS = 50;
/** A window that is dragged to size sends more than a witness can follow. */
const BURST_US = 100_000;

/** Dies of any signal; of a new window size, which kills nobody, by a trap. */
const SCRIPT = 'ulimit -c 0; trap "exit 1" WINCH; read x';

/** A process in our group that is signalled when the group is. */
export class Witness {
  readonly #processes: Processes;
  readonly #clock: Clock;
  #current: Promise<{ child: Child; ending: Promise<Ending> } | null>;
  #resizedUs = 0;
  #isReleased = false;

  constructor(processes: Processes, clock: Clock) {
    this.#processes = processes;
    this.#clock = clock;
    this.#current = this.#call();
  }

  /** Whether a signal that we just got went to the group; null if unknown. */
  async saw(signal: SignalName): Promise<boolean | null> {
    const nowUs = this.#clock.nowUs();
    if (signal === "SIGWINCH" && nowUs - this.#resizedUs < BURST_US) {
      return true;
    }
    const called = this.#current;
    const witness = await called;
    if (witness === null) return null;
    const patience = new AbortController();
    const ending = await Promise.race([
      witness.ending,
      this.#clock.sleep(PATIENCE_MS, patience.signal).then(() => null),
    ]);
    patience.abort();
    if (ending === null) return false;
    if (this.#current === called && !this.#isReleased) {
      this.#current = this.#call();
    }
    if (ending.kind === "killed") return ending.name === signal;
    if (signal !== "SIGWINCH") return false;
    this.#resizedUs = nowUs;
    return true;
  }

  /** Sends the witness home. */
  async release(): Promise<void> {
    this.#isReleased = true;
    (await this.#current)?.child.release();
  }

  async #call() {
    try {
      const child = await this.#processes.spawn({
        command: ["/bin/sh", "-c", SCRIPT],
        env: {},
        group: "ours",
        input: "held",
        output: "none",
      });
      return { child, ending: child.ended };
    } catch {
      return null;
    }
  }
}

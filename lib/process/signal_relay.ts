/**
 * Passing signals on, each exactly once. A command with a group of its own
 * gets all of them from us; one that shares our terminal and group gets those
 * that were meant for us alone.
 */
import type { Platform } from "../platform/platform.ts";
import type { Child, Processes, SignalName } from "../platform/processes.ts";
import { Witness } from "./witness.ts";

const TO_OWN_GROUP: readonly SignalName[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
  "SIGCONT",
  "SIGTSTP",
];

/** Ctrl-Z and fg work by themselves in a shared group. */
const TO_SHARED_GROUP = TO_OWN_GROUP.filter((signal) =>
  signal !== "SIGCONT" && signal !== "SIGTSTP"
);

/** Windows tells the whole console of Ctrl-C; we only must not end of it. */
const ON_WINDOWS: readonly SignalName[] = ["SIGINT"];

/** Those by which somebody wants an end. */
const ENDS: readonly SignalName[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];

/** Takes our signals from the moment it is made, and passes them on. */
export class SignalRelay {
  readonly #platform: Platform;
  readonly #processes: Processes;
  readonly #witness: Witness | null;
  readonly #releases: (() => void)[];
  #child: Child | null = null;
  #early: SignalName[] = [];
  /** The last signal by which somebody wanted an end; null if none did. */
  interruption: SignalName | null = null;
  /** Called at each signal that asks for an end. */
  onInterruption: () => void = () => {};

  constructor(platform: Platform, processes: Processes) {
    this.#platform = platform;
    this.#processes = processes;
    const isShared = processes.hasTerminal && platform.system !== "windows";
    this.#witness = isShared ? new Witness(processes, platform.clock) : null;
    const signals = platform.system === "windows"
      ? ON_WINDOWS
      : isShared
      ? TO_SHARED_GROUP
      : TO_OWN_GROUP;
    this.#releases = signals
      .filter((signal) => !processes.isIgnored(signal))
      .map((signal) => platform.onSignal(signal, () => this.#take(signal)));
  }

  /** From now on signals go to this command; those before it do so now. */
  attach(child: Child): void {
    this.#child = child;
    const early = this.#early;
    this.#early = [];
    for (const signal of early) this.#pass(signal);
  }

  /** Between two tries there is nobody to pass signals to. */
  detach(): void {
    this.#child = null;
  }

  /** Gives the signals back to the system. */
  async release(): Promise<void> {
    for (const release of this.#releases) release();
    await this.#witness?.release();
  }

  #take(signal: SignalName): void {
    if (ENDS.includes(signal)) {
      this.interruption = signal;
      this.onInterruption();
    }
    this.#pass(signal);
  }

  #pass(signal: SignalName): void {
    const child = this.#child;
    if (child === null) this.#early.push(signal);
    else if (this.#platform.system === "windows") return;
    else if (this.#witness !== null) {
      this.#passAlone(child, signal, this.#witness);
    } else if (signal === "SIGTSTP") {
      // A group without a terminal would throw it away.
      this.#processes.signalGroup(child.pid, "SIGSTOP");
      this.#platform.raise("SIGSTOP");
    } else this.#processes.signalGroup(child.pid, signal);
  }

  async #passAlone(child: Child, signal: SignalName, witness: Witness) {
    const wasForAll = await witness.saw(signal);
    if (wasForAll === true || this.#child !== child) return;
    // Without a witness these most likely came from the keyboard.
    const isTyped = signal === "SIGINT" || signal === "SIGQUIT";
    if (wasForAll === null && isTyped) return;
    this.#processes.signal(child.pid, signal);
  }
}

/**
 * Passing signals on, each exactly once. A command with a group of its own
 * gets all of them from us; one that shares our terminal and group gets those
 * that were meant for us alone.
 */
import type { Child, Clock, Platform } from "../platform/platform.ts";
import { HANDLED_SIGNALS, type SignalName } from "../platform/signals.ts";
import type { Processes } from "./processes.ts";

/** Ctrl-Z and fg work by themselves in a shared group; URG kills no probe. */
const TO_SHARED_GROUP = HANDLED_SIGNALS.filter((signal) =>
  !["SIGCONT", "SIGTSTP", "SIGURG"].includes(signal)
);

/** Windows sends Ctrl-C to the whole console; it must not end only us. */
const ON_WINDOWS: readonly SignalName[] = ["SIGINT"];

/** Those that ask for an end. */
const ENDS: readonly SignalName[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGTERM",
];

/** Takes our signals from the moment it is made, and passes them on. */
export class SignalRelay {
  readonly #platform: Platform;
  readonly #processes: Processes;
  /** Null where the command has a group of its own. */
  readonly #probe: GroupProbe | null;
  readonly #releases: (() => void)[];
  #child: Child | null = null;
  #early: SignalName[] = [];
  /** The last signal that asked for an end; null if none did. */
  interruption: SignalName | null = null;
  #onInterruption: () => void = () => {};

  constructor(platform: Platform, processes: Processes) {
    this.#platform = platform;
    this.#processes = processes;
    const isShared = processes.hasTerminal && platform.system !== "windows";
    this.#probe = isShared ? new GroupProbe(processes, platform.clock) : null;
    const signals = platform.system === "windows"
      ? ON_WINDOWS
      : isShared
      ? TO_SHARED_GROUP
      : HANDLED_SIGNALS;
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

  /** Between two tries there is no process to pass signals to. */
  detach(): void {
    this.#child = null;
  }

  /** Does what ends when its signal aborts: at the next one that asks for an end. */
  async untilInterruption(
    act: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const interrupted = new AbortController();
    this.#onInterruption = () => interrupted.abort();
    await act(interrupted.signal);
    this.#onInterruption = () => {};
  }

  /** Gives the signals back to the system. */
  async release(): Promise<void> {
    for (const release of this.#releases) release();
    await this.#probe?.release();
  }

  #take(signal: SignalName): void {
    if (ENDS.includes(signal)) {
      this.interruption = signal;
      this.#onInterruption();
    }
    this.#pass(signal);
  }

  #pass(signal: SignalName): void {
    const child = this.#child;
    if (child === null) this.#early.push(signal);
    else if (this.#platform.system === "windows") return;
    else if (this.#probe !== null) {
      this.#passIfForUs(child, signal, this.#probe);
    } else if (signal === "SIGTSTP") {
      // A group without a terminal would throw it away.
      this.#processes.signalGroup(child.pid, "SIGSTOP");
      this.#processes.signal(this.#platform.pid, "SIGSTOP");
    } else this.#processes.signalGroup(child.pid, signal);
  }

  async #passIfForUs(child: Child, signal: SignalName, probe: GroupProbe) {
    const wasForGroup = await probe.received(signal);
    if (wasForGroup === true || this.#child !== child) return;
    // Without a probe these most likely came from the keyboard.
    const isTyped = signal === "SIGINT" || signal === "SIGQUIT";
    if (wasForGroup === null && isTyped) return;
    this.#processes.signal(child.pid, signal);
  }
}

/** How long the probe has to die of a signal, milliseconds. */
const PROBE_MS = 50;
/** Dragging a window sends more than the probe can follow. */
const BURST_MS = 100;

/** Dies of any signal; of a new window size, which kills no process, by a trap. */
const PROBE_SCRIPT = 'ulimit -c 0; trap "exit 1" WINCH; read x';

/**
 * Tells whether a signal went to our whole group. A terminal sends Ctrl-C to
 * the group, and so to the command too; `kill` sends to us alone. A probe
 * process in our group tells the two apart: it dies of what the group got.
 */
class GroupProbe {
  readonly #processes: Processes;
  readonly #clock: Clock;
  /** Null if it could not be started. */
  #probe: Promise<Child | null>;
  /** Whether it runs, as far as we know: then a signal to the group kills it. */
  #isRunning = false;
  #resizedMs = -BURST_MS;
  #isReleased = false;

  constructor(processes: Processes, clock: Clock) {
    this.#processes = processes;
    this.#clock = clock;
    this.#probe = this.#start();
  }

  /** Whether the group got a signal that we just got; null if unknown. */
  async received(signal: SignalName): Promise<boolean | null> {
    const nowMs = this.#clock.elapsedMs();
    if (signal === "SIGWINCH" && nowMs - this.#resizedMs < BURST_MS) {
      return true;
    }
    // One that comes to run after the signal cannot tell.
    const isThere = this.#isRunning;
    const starting = this.#probe;
    const probe = await starting;
    if (probe === null || !isThere) return null;
    const patience = new AbortController();
    const exit = await Promise.race([
      probe.ended,
      this.#clock.sleep(PROBE_MS, patience.signal).then(() => null),
    ]);
    patience.abort();
    if (exit === null) return false;
    if (this.#probe === starting && !this.#isReleased) {
      this.#probe = this.#start();
    }
    // Of two signals in a row it has died of the first.
    if (exit.kind === "killed") return exit.name === signal ? true : null;
    if (signal !== "SIGWINCH") return false;
    this.#resizedMs = nowMs;
    return true;
  }

  /** Ends the probe process. */
  async release(): Promise<void> {
    this.#isReleased = true;
    (await this.#probe)?.release();
  }

  async #start(): Promise<Child | null> {
    this.#isRunning = false;
    try {
      const probe = await this.#processes.spawn({
        command: ["/bin/sh", "-c", PROBE_SCRIPT],
        env: {},
        group: "ours",
        input: "held",
        output: "none",
      });
      this.#isRunning = true;
      return probe;
    } catch {
      return null;
    }
  }
}

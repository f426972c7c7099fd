/**
 * Processes that exist in a test only: it says when one ends and how, what it
 * writes, and sees what it was sent. They answer like a Linux: signals by
 * `kill`, facts by files of /proc.
 */
import type {
  Child,
  Pipe,
  SpawnRequest,
  SystemCalls,
} from "../../lib/platform/platform.ts";
import {
  type ExitStatus,
  type SentSignal,
  type SignalName,
  signalNumber,
} from "../../lib/platform/signals.ts";
import type { Machine, ProcessState } from "../../lib/process/owners.ts";

/** A pipe into which a test writes. */
export class FakePipe implements Pipe {
  isClosed = false;
  #chunks: (Uint8Array | null)[] = [];
  #wake: (() => void) | null = null;

  write(text: string): void {
    this.#push(new TextEncoder().encode(text));
  }

  end(): void {
    this.#push(null);
  }

  #push(chunk: Uint8Array | null): void {
    this.#chunks.push(chunk);
    this.#wake?.();
    this.#wake = null;
  }

  async read(): Promise<Uint8Array | null> {
    while (this.#chunks.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#chunks.shift() ?? null;
  }

  close(): void {
    this.isClosed = true;
    this.#wake?.();
  }
}

/** A process that a test ends. */
export class FakeChild implements Child {
  readonly pid: number;
  readonly request: SpawnRequest;
  readonly ended: Promise<ExitStatus>;
  readonly stdout: FakePipe | null;
  readonly stderr: FakePipe | null;
  readonly signals: SentSignal[] = [];
  isReleased = false;
  isAlive = true;
  /** What it leaves behind keeps its outputs open. */
  leavesWriter = false;
  #end: (exit: ExitStatus) => void = () => {};

  /** What the process finds in its environment. */
  get env(): Readonly<Record<string, string>> {
    return this.request.env ?? {};
  }

  constructor(pid: number, request: SpawnRequest) {
    this.pid = pid;
    this.request = request;
    this.ended = new Promise((resolve) => this.#end = resolve);
    const isCaptured = request.output === "captured";
    this.stdout = isCaptured ? new FakePipe() : null;
    this.stderr = isCaptured ? new FakePipe() : null;
  }

  exit(code: number): void {
    this.#finish({ kind: "exited", code });
  }

  die(name: string, number: number): void {
    this.#finish({ kind: "killed", name, number });
  }

  release(): void {
    this.isReleased = true;
  }

  #finish(exit: ExitStatus): void {
    this.isAlive = false;
    if (!this.leavesWriter) {
      this.stdout?.end();
      this.stderr?.end();
    }
    this.#end(exit);
  }
}

/** What a line of /proc/PID/stat says. */
export interface StatFacts {
  pid: number;
  name?: string;
  /** A letter; S if not given. */
  state?: string;
  parent?: number;
  group?: number;
  terminal?: number;
  threads?: number;
  started?: string;
}

/** A line of /proc/PID/stat. */
export function statLine(facts: StatFacts): string {
  const { pid, name = "sh", state = "S", parent = 1, group = pid } = facts;
  const { terminal = 0, threads = 1, started = "4242" } = facts;
  const session = group;
  const between = Array.from({ length: 12 }, () => 0).join(" ");
  return `${pid} (${name}) ${state} ${parent} ${group} ${session} ${terminal} ` +
    `${between} ${threads} 0 ${started} 0 0\n`;
}

/** The processes of a test, and the system's calls about them. */
export class FakeProcesses implements SystemCalls {
  readonly parentPid = 1;
  readonly engine = "bun";
  /** The process that the program itself is. */
  readonly pid: number;
  readonly env: Record<string, string> = {};
  machine: Machine = { host: "fake", boot: "boot-1", ns: "pid:[1]" };
  /** What has become of other processes; those not named are unknown. */
  readonly states = new Map<number, ProcessState>();
  hasTerminal = false;
  readonly ignored = new Set<SignalName>();
  readonly children: FakeChild[] = [];
  /** What the program has sent to itself. */
  readonly raised: SentSignal[] = [];
  /** Called while the program has stopped itself. */
  onRaise: () => void = () => {};
  /** Thrown by the next `spawn`. */
  failure: Error | null = null;
  /** Called with each new process, before anything else happens. */
  onSpawn: (child: FakeChild) => void = () => {};
  /** How a process takes a signal; by default TERM and KILL end it. */
  onSignal: (child: FakeChild, signal: SentSignal) => void = (
    child,
    signal,
  ) => {
    if (signal === "SIGTERM") child.die(signal, 15);
    if (signal === "SIGKILL") child.die(signal, 9);
  };

  constructor(pid = 42) {
    this.pid = pid;
  }

  readText(path: string): string {
    const { host, boot } = this.machine;
    const texts: Record<string, string | null> = {
      "/proc/sys/kernel/hostname": host,
      "/proc/sys/kernel/random/boot_id": boot,
      "/proc/self/status": this.#status(),
      "/proc/self/stat": statLine({
        pid: this.pid,
        terminal: this.hasTerminal ? 34_816 : 0,
      }),
    };
    const pid = Number(/^\/proc\/(\d+)\/stat$/.exec(path)?.[1]);
    return texts[path] ?? this.#stat(pid);
  }

  #status(): string {
    const bits = [...this.ignored].map((name) =>
      1n << BigInt(signalNumber(name) - 1)
    );
    const mask = bits.reduce((all, bit) => all | bit, 0n);
    return `Name:\tptrack\nSigIgn:\t${mask.toString(16).padStart(16, "0")}\n`;
  }

  #stat(pid: number): string {
    if (this.#child(pid)?.isAlive) return statLine({ pid, parent: this.pid });
    if (this.zombies.has(pid)) {
      return statLine({ pid, state: "Z", parent: this.pid });
    }
    const state = this.states.get(pid);
    if (state?.kind !== "alive") return "";
    return statLine({ pid, started: state.started ?? "" });
  }

  #child(pid: number): FakeChild | undefined {
    return this.children.find((child) => child.pid === pid);
  }

  readStart(): Uint8Array {
    return new Uint8Array();
  }

  readLink(path: string): string {
    return path === "/proc/self/ns/pid" ? this.machine.ns ?? "" : "";
  }

  names(path: string): string[] {
    if (path !== "/proc/") return [];
    return this.children.filter(({ isAlive }) => isAlive)
      .map(({ pid }) => String(pid)).concat([...this.zombies].map(String));
  }

  hostName(): string {
    return this.machine.host ?? "";
  }

  variables(): Record<string, string> {
    return this.env;
  }

  kill(
    pid: number,
    signal: SentSignal | 0,
  ): ReturnType<SystemCalls["kill"]> {
    if (pid === this.pid && signal !== 0) {
      this.raised.push(signal);
      this.onRaise();
      return "sent";
    }
    const child = this.#child(Math.abs(pid));
    if (child === undefined) {
      const { kind = "unknown" } = this.states.get(pid) ?? {};
      return kind === "alive" ? "sent" : kind;
    }
    if (!child.isAlive) return "gone";
    if (signal !== 0) {
      child.signals.push(signal);
      this.onSignal(child, signal);
    }
    return "sent";
  }

  output(): string {
    return "";
  }

  checkExecutable(): void {}

  canOpenTerminal(): boolean {
    return this.hasTerminal;
  }

  setDescriptorLimit(): boolean {
    return false;
  }

  /** Zombies that are no child of ours, and those that were reaped. */
  readonly zombies = new Set<number>();
  readonly reaped: number[] = [];

  reap(pid: number): boolean {
    this.reaped.push(pid);
    return this.zombies.delete(pid);
  }

  spawn(request: SpawnRequest): Promise<FakeChild> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const child = new FakeChild(100 + this.children.length, request);
    this.children.push(child);
    this.onSpawn(child);
    return Promise.resolve(child);
  }
}

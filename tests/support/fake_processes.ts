/**
 * Processes that only exist in a test: it says when one ends and how, what it
 * writes, and sees what it was sent.
 */
import type {
  Child,
  Ending,
  Pipe,
  Processes,
  SentSignal,
  SignalName,
  SpawnOrder,
} from "../../lib/platform/processes.ts";

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
  readonly order: SpawnOrder;
  readonly ended: Promise<Ending>;
  readonly stdout: FakePipe | null;
  readonly stderr: FakePipe | null;
  readonly signals: SentSignal[] = [];
  isReleased = false;
  isAlive = true;
  #end: (ending: Ending) => void = () => {};

  constructor(pid: number, order: SpawnOrder) {
    this.pid = pid;
    this.order = order;
    this.ended = new Promise((resolve) => this.#end = resolve);
    const isCaptured = order.output === "captured";
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

  #finish(ending: Ending): void {
    this.isAlive = false;
    this.stdout?.end();
    this.stderr?.end();
    this.#end(ending);
  }
}

/** The processes of a test. */
export class FakeProcesses implements Processes {
  hasTerminal = false;
  readonly ignored = new Set<SignalName>();
  readonly children: FakeChild[] = [];
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

  isIgnored(signal: SignalName): boolean {
    return this.ignored.has(signal);
  }

  spawn(order: SpawnOrder): Promise<FakeChild> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const child = new FakeChild(100 + this.children.length, order);
    this.children.push(child);
    this.onSpawn(child);
    return Promise.resolve(child);
  }

  signal(pid: number, signal: SentSignal): boolean {
    const child = this.children.find((one) => one.pid === pid);
    if (child === undefined || !child.isAlive) return false;
    child.signals.push(signal);
    this.onSignal(child, signal);
    return true;
  }

  signalGroup(leader: number, signal: SentSignal): boolean {
    return this.signal(leader, signal);
  }

  hasGroup(leader: number): boolean {
    return this.children.some(({ pid, isAlive }) => pid === leader && isAlive);
  }

  descendants(): number[] {
    return [];
  }
}

/**
 * A machine for tests: files in memory (or any other), a clock that stands
 * still until it is turned, words that are random in name only, outputs that
 * are kept, and file events that a test may send, hold back or let fail.
 */
import type {
  Clock,
  Files,
  Input,
  Output,
  Platform,
  ReadLimits,
  Runtime,
  SignalName,
  Thread,
  Watch,
} from "../../lib/platform/platform.ts";
import type { HttpServer } from "../../lib/platform/http.ts";
import { chunkReader, readWithTimeout } from "../../lib/platform/input.ts";
import { FakeProcesses } from "./fake_processes.ts";
import { MemoryFiles } from "./memory_files.ts";

/** 2026-02-13T10:15:00Z, in microseconds since 1970. */
export const MORNING_US = Date.UTC(2026, 1, 13, 10, 15) * 1000;

/** A clock that a test turns. */
export class FakeClock implements Clock {
  #nowUs: number;
  #elapsedMs = 0;
  /** How many sleeps have begun. */
  sleeps = 0;
  #sleepers: { untilMs: number; wake: () => void }[] = [];

  constructor(nowUs: number = MORNING_US) {
    this.#nowUs = nowUs;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** How many wait for the time to pass. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    this.sleeps++;
    return new Promise((resolve) => {
      const sleeper = { untilMs: this.#elapsedMs + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      }, { once: true });
    });
  }

  /** Time passes at once, and nothing else runs meanwhile. */
  pause(ms: number): void {
    this.#nowUs += ms * 1000;
    this.#elapsedMs += ms;
  }

  /** Lets time pass and wakes, in order, those that have slept long enough. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    for (;;) {
      await settled();
      const [next] = this.#sleepers.toSorted((a, b) => a.untilMs - b.untilMs);
      if (next === undefined || next.untilMs > endMs) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#passTo(next.untilMs);
      next.wake();
    }
    this.#passTo(endMs);
  }

  #passTo(elapsedMs: number): void {
    this.pause(Math.max(0, elapsedMs - this.#elapsedMs));
  }

  /** Sets the time and wakes nothing, like a clock that is corrected. */
  set(nowUs: number): void {
    this.#nowUs = nowUs;
  }
}

/** Until all that can run without time or files has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  // A module that is imported comes with a turn of the event loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** An output that keeps what it is given. */
export class FakeOutput implements Output {
  text = "";
  isTerminal = false;
  screen: { columns: number; rows: number } | null = null;

  size(): { columns: number; rows: number } | null {
    return this.screen;
  }

  write(text: string): void {
    this.text += text;
  }

  send(bytes: Uint8Array): Promise<void> {
    this.text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  }

  /** What was written since the last take. */
  take(): string {
    const { text } = this;
    this.text = "";
    return text;
  }
}

/** A keyboard that a test types on, or a pipe that it writes to. */
export class FakeInput implements Input {
  isTerminal = false;
  /** What has been written and not been read. */
  input = "";
  /** Whether more may come; `end` says that it will not. */
  isOpen = false;
  readonly #clock: Clock;
  #wake: (() => void) | null = null;
  readonly #listeners = new Set<(keys: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  listen(onKeys: (keys: string) => void): () => void {
    this.#listeners.add(onKeys);
    return () => this.#listeners.delete(onKeys);
  }

  type(keys: string): void {
    for (const listener of [...this.#listeners]) listener(keys);
  }

  /** Writes to a pipe that stays open. */
  write(text: string): void {
    this.input += text;
    this.isOpen = true;
    this.#wake?.();
  }

  /** The writer closes the pipe. */
  end(): void {
    this.isOpen = false;
    this.#wake?.();
  }

  readAll(): string {
    return this.input;
  }

  readLine(): string | null {
    if (this.input === "") return null;
    const [line, ...rest] = this.input.split("\n");
    this.input = rest.join("\n");
    return line!;
  }

  readWithTimeout(limits: ReadLimits): Promise<Uint8Array> {
    const reader = chunkReader(this.chunks(), this.#clock);
    return readWithTimeout(reader, limits, () => this.#clock.elapsedMs());
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    while (this.input !== "" || this.isOpen) {
      if (this.input === "") {
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      const bytes = new TextEncoder().encode(this.input);
      this.input = "";
      yield bytes;
    }
  }
}

/** What may be different about a machine. */
export interface PlatformParts {
  files?: Files;
  clock?: Clock;
  args?: string[];
  env?: Record<string, string>;
  pid?: number;
  uid?: number;
  workingDirectory?: string;
}

interface Watcher {
  path: string;
  recursive: boolean;
  changed: (path: string | null) => void;
}

/** A machine with a double of each part of the machine. */
export class FakePlatform implements Platform {
  /** The files, where none were given. */
  readonly memory: MemoryFiles;
  /** The clock, where none was given. */
  readonly time = new FakeClock();
  readonly files: Files;
  readonly clock: Clock;
  readonly stdout = new FakeOutput();
  readonly stderr = new FakeOutput();
  readonly stdin: FakeInput;
  /** The processes of the machine, and the system's calls about them. */
  readonly systemCalls: FakeProcesses;
  readonly system = "linux";
  readonly args: readonly string[];
  readonly pid: number;
  readonly uid: number;
  exitCode = 0;
  readonly variables: Map<string, string>;
  readonly #workingDirectory: string;
  readonly #watchers = new Set<Watcher>();
  readonly #handlers = new Map<SignalName | "SIGCHLD", Set<() => void>>();
  #words = 0;

  constructor(machine: PlatformParts = {}) {
    this.clock = machine.clock ?? this.time;
    this.memory = new MemoryFiles(() => this.clock.nowUs());
    this.memory.onChange = (path) => this.#emit(path);
    this.files = machine.files ?? this.memory;
    this.args = machine.args ?? [];
    this.pid = machine.pid ?? 42;
    this.uid = machine.uid ?? 1000;
    this.stdin = new FakeInput(this.clock);
    this.systemCalls = new FakeProcesses(this.pid);
    this.variables = new Map(Object.entries(machine.env ?? {}));
    this.#workingDirectory = machine.workingDirectory ?? "/desk";
  }

  openInput(): Promise<Input> {
    return Promise.resolve(this.stdin);
  }

  executable(): string | null {
    return "/usr/local/bin/ptrack";
  }

  compileLess(): Promise<void> {
    return Promise.resolve();
  }

  /** Makes the second thread; null: there is none to spare. */
  threadFor: ((task: unknown) => Thread) | null = null;

  startThread(_module: string, task: unknown): Promise<Thread | null> {
    return Promise.resolve(this.threadFor?.(task) ?? null);
  }

  runtime(): Runtime {
    return { engine: "fake 1.2.3", target: "linux-x64" };
  }

  env(name: string): string | undefined {
    return this.variables.get(name);
  }

  workingDirectory(): string {
    return this.#workingDirectory;
  }

  /** What has become of which process; all others are unknown. */
  get processStates(): FakeProcesses["states"] {
    return this.systemCalls.states;
  }

  serveHttp(): Promise<HttpServer> {
    return Promise.reject(new Error("no network here"));
  }

  randomId(): string {
    return `r${++this.#words}`;
  }

  /** How many watches are open. */
  get watches(): number {
    return this.#watchers.size;
  }

  watch(
    path: string,
    recursive: boolean,
    changed: Watcher["changed"],
  ): Watch {
    const watcher = { path, recursive, changed };
    this.#watchers.add(watcher);
    const close = () => void this.#watchers.delete(watcher);
    return { isWorking: true, close };
  }

  /** Reports a change at a path to the watches that it concerns. */
  #emit(path: string): void {
    for (const { path: root, recursive, changed } of [...this.#watchers]) {
      if (path === root) changed(null);
      if (!path.startsWith(`${root}/`)) continue;
      const below = path.slice(root.length + 1);
      if (recursive || !below.includes("/")) changed(below);
    }
  }

  onSignal(signal: SignalName | "SIGCHLD", handler: () => void): () => void {
    const handlers = this.#handlers.get(signal) ?? new Set();
    this.#handlers.set(signal, handlers.add(handler));
    return () => handlers.delete(handler);
  }

  onUncaught(): () => void {
    return () => {};
  }

  /** Delivers a signal; false if there is no handler. */
  signal(signal: SignalName | "SIGCHLD"): boolean {
    const handlers = this.#handlers.get(signal) ?? new Set();
    for (const handler of [...handlers]) handler();
    return handlers.size > 0;
  }

  exit(code: number): void {
    this.exitCode = code;
  }

  /** The signal that the program has died of; "" if none. */
  diedOf = "";

  dieOf({ name }: { name: string }): Promise<void> {
    this.diedOf = name;
    return Promise.resolve();
  }
}

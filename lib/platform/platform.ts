/**
 * The one door to the outside: files, clocks, environment, terminal. Every
 * other part of ptrack reaches the machine through this interface, so that a
 * test can replace it, with a clock to advance and a failure at step n.
 *
 * File errors carry a `code` (`ENOENT`, `ENOSPC`, …) that is the same in every
 * runtime. File operations are synchronous: a heartbeat is a whole process,
 * and nothing else runs in it meanwhile.
 */

import type { HttpOptions, HttpServer } from "./http.ts";
import type { ExitStatus, SentSignal, SignalName, System } from "./signals.ts";

export type { SignalName };

/** What a name in a directory stands for; links are never followed. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** What is known of a file without opening it. */
export interface FileInfo {
  kind: FileKind;
  /** Bytes. */
  size: number;
  /** Last change of the contents, microseconds since 1970. */
  modifiedUs: number;
  /** Tells one file from another while both exist (device and inode). */
  identity: string;
  /** The owner's user id; null where the system has none. */
  uid: number | null;
}

/** A name in a directory. */
export interface DirectoryEntry {
  name: string;
  kind: FileKind;
}

/** An open regular file. `append` works only when opened to append. */
export interface OpenFile {
  readonly identity: string;
  /** The size now, in bytes. */
  size(): number;
  /** The bytes from `start` to `end` (exclusive); fewer at the file's end. */
  read(start: number, end: number): Uint8Array;
  /** One write at the file's end. Returns how many bytes were written. */
  append(bytes: Uint8Array): number;
  /** Flushes the contents to the device. */
  flush(): void;
  close(): void;
}

/** How `Files.open` opens: `create` appends and makes the file if missing. */
export type OpenMode = "read" | "append" | "create";

/** How a file is made. */
export interface NewFileOptions {
  /** Flushes it to the device before it returns. */
  flush?: boolean;
  /** Its permission bits from the beginning; the usual ones if it is null. */
  mode?: number | null;
}

/**
 * Files and directories, by their paths. Links in the last part of a path are
 * never followed (ELOOP), and what is neither a file nor a directory is never
 * opened (ENOTREG), so that a FIFO cannot make a program hang.
 */
export interface Files {
  /**
   * Opens a directory, to work below it; a link (ENOTDIR or ELOOP) only if it
   * is to be followed.
   */
  openDirectory(path: string, links?: "followed"): Directory;
  /** The text of a regular file; EFBIG if it is larger than `maxBytes`. */
  readText(path: string, maxBytes: number): string;
  /** A file that this makes has the given permission bits, else the usual ones. */
  open(path: string, mode: OpenMode, permissions?: number): OpenFile;
  /** Writes a new file; EEXIST if the name is taken. */
  createNew(path: string, bytes: Uint8Array, options?: NewFileOptions): void;
  /** Facts about the path itself, null if there is nothing. */
  inspect(path: string): FileInfo | null;
  /** Like `inspect`, but of what a symbolic link leads to. */
  inspectTarget(path: string): FileInfo | null;
  list(path: string): DirectoryEntry[];
  /** Renames, replacing a file of the new name. */
  rename(from: string, to: string): void;
  /** Removes a file or link; false if there was none. */
  remove(path: string): boolean;
  /** Removes a directory and all in it; links in it are not followed. */
  removeTree(path: string): void;
  /** Removes a directory; false if something is in it, or it is not there. */
  removeEmptyDirectory(path: string): boolean;
  /**
   * Makes one directory, with the given permission bits, else the usual ones;
   * false if the name was taken.
   */
  makeDirectory(path: string, permissions?: number): boolean;
  /** Flushes a directory's names to the device, where the system can. */
  flushDirectory(path: string): void;
  /** Such as "NFS" if the path is on such a file system; null if not known. */
  networkFileSystem(path: string): string | null;
  /** Where a symbolic link leads, as it is written; null for other files. */
  readLink(path: string): string | null;
  /** The permission bits of what a path leads to; null if nothing is there. */
  mode(path: string): number | null;
  /** Sets the permission bits, where the system has them; never through a link. */
  setMode(path: string, permissions: number): void;
}

/**
 * A directory that was opened. Paths start there, and stay there even if its
 * own path comes to lead elsewhere; what is made, renamed or removed, and by
 * system calls also what is read, is never found through a link on the way. `.` is the directory itself.
 */
export interface Directory extends Files {
  /** Facts about it. */
  facts(): FileInfo;
  close(): void;
}

/** A function of whatever shape. */
export type AnyFunction = (...parameters: never[]) => unknown;

/** How this runtime reaches files and descriptors. */
export interface FileAccess {
  readonly files: Files;
  /** Reads what comes next; returns how many bytes, 0 at the end. */
  read(descriptor: number, bytes: Uint8Array): number;
  /** Writes to a descriptor; returns how many bytes were taken. */
  write(descriptor: number, bytes: Uint8Array): number;
  close(descriptor: number): void;
  /** Whether a descriptor may be a terminal. */
  mayBeTerminal(descriptor: number): boolean;
  /** Throws, with a code, if the file may not be executed. */
  checkExecutable(path: string): void;
  /** Whether a path can be opened to be read. */
  canOpen(path: string): boolean;
  /** The functions that reach files, for `Platform.compileLess`. */
  functions(): AnyFunction[];
  /** Calls that runtimes have no words for; null where there is no way. */
  unixCalls(): UnixCalls | null;
  /** See Platform.exit. */
  exit(code: number): void;
  /** See Platform.dieOf. */
  dieOf(killed: ExitStatus & { kind: "killed" }): Promise<void>;
}

/** Both ends of a pipe, by their descriptors. */
export interface PipeEnds {
  read: number;
  write: number;
}

/** Calls of Linux and macOS that runtimes have no words for. */
export interface UnixCalls {
  /** A pipe that other programs do not inherit. Throws EMFILE. */
  openPipe(): PipeEnds;
  /** Sets the limits on descriptors; false if that was not allowed. */
  setDescriptorLimit(limit: DescriptorLimit): boolean;
  /** Takes the exit status of a child that has ended; false if there is none. */
  reap(pid: number): boolean;
  /** Waits until a read would not wait; false after so many milliseconds. */
  waitReadable(descriptor: number, ms: number): boolean;
}

/** A running watch for file events. */
export interface Watch {
  /** False once it is known to miss changes: it could not be set up, or broke. */
  readonly isWorking: boolean;
  close(): void;
}

/** Wall clock, stopwatch and waiting. */
export interface Clock {
  /** Microseconds since 1970, UTC. */
  nowUs(): number;
  /**
   * Milliseconds since some moment, for all that measures or limits a time:
   * setting the clock changes nothing, and a sleep of the machine may not count.
   */
  elapsedMs(): number;
  /** Resolves after `ms`, or earlier when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Blocks for a few milliseconds; for retries inside one operation. */
  pause(ms: number): void;
}

/** A stream that a command writes to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Columns and rows of a terminal; null for other outputs. */
  size(): { columns: number; rows: number } | null;
  /** Writes all of it; throws OutputClosedError or StorageError. */
  write(text: string): void;
  /** The same with bytes, while timers and signals go on. */
  send(bytes: Uint8Array): Promise<void>;
}

/** When to stop reading before the end. */
export interface ReadLimits {
  /** Milliseconds after which only what was written by then is taken. */
  timeoutMs: number;
  /** Whether these bytes are all there will be, though the input stays open. */
  isWhole(bytes: Uint8Array): boolean;
}

/** Standard input: a terminal's keyboard, a pipe, a file. */
export interface Input {
  readonly isTerminal: boolean;
  /** Raw mode; calls back per chunk of keys until the returned function. */
  listen(onKeys: (keys: string) => void): () => void;
  /** All of it as text (not a terminal's use); EFBIG beyond `maxBytes`. */
  readAll(maxBytes: number): string;
  /** To the end, to a limit, or until it is whole: all that was written. */
  readWithTimeout(limits: ReadLimits): Promise<Uint8Array>;
  /** One line as it is typed, without its end; null at the end. */
  readLine(): string | null;
  /** The bytes as they come, until the end; leaving the loop ends the reading. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What to start, exactly as it will see it. */
export interface SpawnRequest {
  /** The program, as a path or to be found on the PATH, and its arguments. */
  command: readonly string[];
  /** All variables of the process; null for ours, byte by byte. */
  env: Readonly<Record<string, string>> | null;
  /** `own`: a session and group of its own, without a terminal. */
  group: "own" | "ours";
  /** `held`: a pipe that ends when it is released, or when we do. */
  input: "inherited" | "held";
  /** `captured`: real pipes that we read. */
  output: "inherited" | "captured" | "none";
  /** Our descriptors above 2 that the process gets, too; ascending. */
  descriptors: readonly number[];
}

/** The reading end of a pipe. */
export interface Pipe {
  /** What came next; null at the end. One read at a time. */
  read(): Promise<Uint8Array | null>;
  /** A process that still writes gets SIGPIPE. A pending read gives null. */
  close(): void;
}

/** A process that we started. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<ExitStatus>;
  /** Both null unless the output is captured. */
  readonly stdout: Pipe | null;
  readonly stderr: Pipe | null;
  /** Ends an input that is held; we no longer wait for the process. */
  release(): void;
}

/** The soft and the hard limit on open descriptors: a number or `unlimited`. */
export interface DescriptorLimit {
  soft: string;
  hard: string;
}

/** Small calls about processes. What cannot be read is empty. */
export interface SystemCalls {
  /** Our parent's process id. */
  readonly parentPid: number;
  /** The runtime, for what each of them does differently to a child. */
  readonly engine: "bun" | "node" | "deno";
  /** The text of a small file of /proc. */
  readText(path: string): string;
  /** The first bytes of any file; fewer if it is shorter. */
  readStart(path: string, bytes: number): Uint8Array;
  /** Where a link of /proc leads. */
  readLink(path: string): string;
  /** The names in a directory of /proc. */
  names(path: string): string[];
  hostName(): string;
  /** All of our variables. */
  variables(): Record<string, string>;
  /** Signals a process, or a group by its negative id; 0 only asks. */
  kill(
    pid: number,
    signal: SentSignal | 0,
  ): "sent" | "gone" | "denied" | "unknown";
  /** What a program prints, if it succeeds. */
  output(command: readonly string[]): string;
  /** Throws, with a code, what executing the file would. */
  checkExecutable(path: string): void;
  /** Whether we have a terminal, by opening it. */
  canOpenTerminal(): boolean;
  /** Sets our limit on descriptors; false where the runtime cannot. */
  setDescriptorLimit(limit: DescriptorLimit): boolean;
  /** See UnixCalls.reap; false where the runtime cannot. */
  reap(pid: number): boolean;
  /** Starts a process; throws with a code such as ENOENT or EACCES. */
  spawn(request: SpawnRequest): Promise<Child>;
}

/** Another thread, which was started with a task. */
export interface Thread {
  /** Its next message; null once it has ended, or failed. */
  receive(): Promise<unknown>;
  /** Stops it. */
  end(): void;
}

/** What runs this program. */
export interface Runtime {
  /** Such as `bun 1.4.5`, `deno 2.9.6` or `node 24.1.0`. */
  engine: string;
  /** System, processor, and the C library where it is not the usual one. */
  target: string;
}

/** The machine, as ptrack sees it. */
export interface Platform {
  readonly files: Files;
  readonly clock: Clock;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly systemCalls: SystemCalls;
  readonly system: System;
  /** Arguments of the program, without the program itself. */
  readonly args: readonly string[];
  readonly pid: number;
  /** The user's id; null where the system has none. */
  readonly uid: number | null;
  /** The path of ptrack itself; null where a runtime runs its source. */
  executable(): string | null;
  runtime(): Runtime;
  env(name: string): string | undefined;
  workingDirectory(): string;
  /** Standard input; what reads it is loaded only then. */
  openInput(): Promise<Input>;
  /** Answers HTTP; rejects with a `code` such as EADDRINUSE. */
  serveHttp(options: HttpOptions): Promise<HttpServer>;
  /**
   * Keeps functions, and those by which files are reached, from the last stage
   * of the runtime's compiler: for work that is soon done it takes longer than
   * it ever saves.
   */
  compileLess(functions: readonly AnyFunction[]): Promise<void>;
  /**
   * Starts a module of this program in a thread, with a task that can be sent;
   * null where the runtime, or the machine, has no thread to spare.
   */
  startThread(module: string, task: unknown): Promise<Thread | null>;
  /** A short random word, unique among all writers. */
  randomId(): string;
  /**
   * Calls back at each change in a directory, and below if recursive, with the
   * relative path; null if the system does not say where, or if the directory is
   * gone. A watch that cannot be set up, or breaks, tells nothing.
   */
  watch(
    path: string,
    recursive: boolean,
    changed: (path: string | null) => void,
  ): Watch;
  /** Calls back on a signal until the returned function is called. */
  onSignal(
    signal: SignalName | "SIGCHLD",
    handler: () => void,
  ): () => void;
  /**
   * Reports an uncaught exception, until the returned function is called. It
   * ends the process; Bun finishes its main module first.
   */
  onUncaught(handler: (thrown: unknown) => void): () => void;
  /**
   * Ends the process, at once where that can be. The terminal keeps the modes
   * it has now: at its end a runtime may put back those of its start, though
   * another program has changed them since.
   */
  exit(code: number): void;
  /**
   * Ends the process by the signal that has killed another one, without a core,
   * so that our parent sees the same; returns where that cannot be.
   */
  dieOf(killed: ExitStatus & { kind: "killed" }): Promise<void>;
}

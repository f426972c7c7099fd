/**
 * The one door to the outside: files, clocks, environment, terminal. Every
 * other part of ptrack reaches the machine through this interface, so that a
 * test can stand in its place with a clock to turn and a failure at step n.
 *
 * File errors carry a `code` (`ENOENT`, `ENOSPC`, …) that is the same in every
 * runtime. File operations are synchronous: a heartbeat is a whole process,
 * and nothing else runs in it meanwhile.
 */

import type { HttpOrder, HttpServer } from "./http.ts";
import type { Processes, SignalName } from "./processes.ts";

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

/**
 * Files and directories. Links in the last part of a path are never followed
 * (ELOOP), and what is neither a file nor a directory is never opened
 * (ENOTREG), so that a FIFO cannot hang anybody.
 */
export interface Files {
  /** The text of a regular file; EFBIG if it is larger than `maxBytes`. */
  readText(path: string, maxBytes: number): string;
  open(path: string, mode: OpenMode): OpenFile;
  /** Writes a new file, EEXIST if the name is taken; `flush` before return. */
  createNew(path: string, bytes: Uint8Array, flush: boolean): void;
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
  /** Makes one directory; false if the name was taken. */
  makeDirectory(path: string): boolean;
  /** Flushes a directory's names to the device, where the system can. */
  flushDirectory(path: string): void;
  /** Such as "NFS" if the path is on such a file system; null if not known. */
  networkFileSystem(path: string): string | null;
}

/** What people set on their files; what is a session's has none of it. */
export interface Attributes {
  /** Where a symbolic link leads, as it says; null if it is none. */
  readLink(path: string): string | null;
  /** The permission bits of what a path leads to; null if nothing is there. */
  mode(path: string): number | null;
  /** Sets permission bits, where the system has them. */
  setMode(path: string, mode: number): void;
}

/** A running watch for file events. */
export interface Watch {
  close(): void;
}

/** What a watch reports. Paths are relative to the watched directory. */
export interface WatchEvents {
  /** Something changed at `path`; null when the system did not say where. */
  changed(path: string | null): void;
  /** The watch, or a part of it, is gone or could not be set up. */
  failed(error: unknown): void;
}

/** Wall clock and waiting. */
export interface Clock {
  /** Microseconds since 1970, UTC. */
  nowUs(): number;
  /** Resolves after `ms`, or earlier when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Blocks for a few milliseconds; for retries inside one operation. */
  pause(ms: number): void;
}

/** A stream that a command writes to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Columns and rows of the terminal, null when it is none. */
  size(): { columns: number; rows: number } | null;
  /** Writes all of it; throws OutputClosedError or StorageError. */
  write(text: string): void;
  /** The same with bytes, while timers and signals go on. */
  send(bytes: Uint8Array): Promise<void>;
}

/** Until when, and how much, to read. */
export interface ReadLimits {
  /** Milliseconds after which nothing more is waited for. */
  forMs: number;
  /** Whether what has come is all there will be, though nobody says so. */
  isWhole(bytes: Uint8Array): boolean;
}

/** Standard input: a terminal's keyboard, a pipe, a file. */
export interface Input {
  readonly isTerminal: boolean;
  /** Raw mode; calls back per chunk of keys until the returned function. */
  listen(onKeys: (keys: string) => void): () => void;
  /** All of it as text (not a terminal's use); EFBIG beyond `maxBytes`. */
  readAll(maxBytes: number): string;
  /** To the end, until it is whole, or for so long: whatever has come. */
  readWithTimeout(limit: ReadLimits): Promise<Uint8Array>;
  /** One line without its end, as somebody types it; null at the end. */
  readLine(): string | null;
  /** The bytes as they come, until the end; who returns early reads no more. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What makes a process id mean one process; null where the system is mute. */
export interface Machine {
  /** Its name. */
  host: string | null;
  /** Its present boot. */
  boot: string | null;
  /** The namespace that process ids are of. */
  ns: string | null;
}

/** What the system says of a process id; a zombie is gone. */
export type ProcessState =
  /** `started` is opaque, the same for the life of a process; null: unknown. */
  | { kind: "alive"; started: string | null }
  | { kind: "gone" }
  | { kind: "unknown" };

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
  readonly attributes: Attributes;
  readonly clock: Clock;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Input;
  readonly system: "linux" | "darwin" | "windows";
  /** Arguments of the program, without the program itself. */
  readonly args: readonly string[];
  readonly pid: number;
  /** The user's id; null where the system has none. */
  readonly uid: number | null;
  /** The path of ptrack itself; null where it is not an executable. */
  executable(): string | null;
  /** What runs it. */
  runtime(): Promise<Runtime>;
  env(name: string): string | undefined;
  workingDirectory(): string;
  /** This machine, as far as the system tells. */
  machine(): Machine;
  /** What has become of a process of this machine. */
  inspectProcess(pid: number): ProcessState;
  /** Starting processes; throws UsageError where the runtime cannot. */
  processes(): Promise<Processes>;
  /** Answers HTTP; rejects with a `code` such as EADDRINUSE. */
  serveHttp(order: HttpOrder): Promise<HttpServer>;
  /** A short random word, unique among all writers. */
  randomId(): string;
  /** Watches a directory, and all below it when recursive. */
  watch(path: string, recursive: boolean, events: WatchEvents): Watch;
  /** Calls back on a signal until the returned function is called. */
  onSignal(signal: SignalName, handler: () => void): () => void;
  /**
   * Tells of an exception that nobody catches, until the returned function is
   * called. It ends the process, but in Bun not before its main module is through.
   */
  onUncaught(handler: (thrown: unknown) => void): () => void;
  /** Sends this process a signal (to stop itself on Ctrl-Z). */
  raise(signal: "SIGSTOP" | SignalName): void;
  /**
   * Lets go of the terminal, for good: a runtime may put back, at its exit, the
   * modes that the terminal had at its start, whoever has changed them since.
   */
  leaveTerminal(): void;
  /** Sets the code that the process will end with; does not end it. */
  setExitCode(code: number): void;
}

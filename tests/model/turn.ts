/**
 * What a writer of the model has in place of the platform during one advance:
 * its earlier answers are replayed, one or more steps are done for real, and
 * then it is suspended.
 *
 * Not each call is a step of its own. A call that gives the same answer and has
 * the same effect, whatever the other writers do before or after it, is done
 * together with the step before it: it makes no difference when they come in
 * between. Such calls are
 *  - those on the writer's own temporary file, whose name nobody else knows
 *    (a kill there only leaves the file, and names with a dot are ignored);
 *  - flushes, closes, pauses;
 *  - inspecting a directory, the .gitignore or the log once it exists, and
 *    making a directory or the .gitignore again, since no verb removes them
 *    (the model has no removal);
 *  - inspecting or removing a marker that does not exist and that no writer of
 *    the scenario makes;
 *  - reading bytes of the log below its present size, since it only grows.
 * Of the facts that `inspect` returns only kind and identity never change (of a
 * marker only the kind), so a writer that asks for another one gets an error.
 */
import type {
  FileInfo,
  Files,
  OpenFile,
  Platform,
} from "../../lib/platform/platform.ts";
import { FakeClock, FakePlatform } from "../support/fake_platform.ts";
import { directoryOver } from "../support/directory_over.ts";
import type { MemoryFiles } from "../support/memory_files.ts";
import {
  type Advance,
  type Answer,
  DIRECTORY,
  type Pending,
  timeOf,
  type WriterState,
} from "./program.ts";

/** Thrown to stop a verb before a step; it has no `code`. */
class Suspended extends Error {}

/** One call of the verb's. */
interface Call {
  name: string;
  /** Whether it may be done without being a step. */
  isLocal?: () => boolean;
  append?: Pending["append"];
  act: () => unknown;
}

const decoder = new TextDecoder();

/** One advance of a writer. */
export class Turn {
  readonly journal: Answer[];
  history: string;
  /** The step before which the verb was stopped; null: it ran to its end. */
  pending: Pending | null = null;
  readonly files: Files;
  readonly #memory: MemoryFiles;
  readonly #writer: WriterState;
  readonly #shortBytes: number | null;
  /** What of the first write the others see already. */
  #written: number;
  #steps: number;
  #place = 0;

  constructor(memory: MemoryFiles, writer: WriterState, options: Advance) {
    this.#memory = memory;
    this.#writer = writer;
    this.#steps = options.steps;
    this.#shortBytes = options.shortBytes ?? null;
    this.#written = writer.written;
    this.journal = [...writer.journal];
    this.history = writer.history;
    this.files = this.#filesOf();
  }

  /** A machine of the writer's own: same words, same time on each replay. */
  host(files: Files): Platform {
    const { index } = this.#writer;
    const clock = new FakeClock(timeOf(index));
    return new FakePlatform({ files, clock, pid: 100 + index });
  }

  #filesOf(): Files {
    const memory = this.#memory;
    const isThere = (path: string) =>
      isLasting(path) && memory.inspect(path) !== null;
    return {
      openDirectory: (path) => {
        const open = () => void memory.openDirectory(path);
        const isLocal = () => isThere(path);
        this.#value("open", path, { isLocal, act: open });
        // No writer moves a directory, so its path stands for it.
        return directoryOver(this.files, () => path);
      },
      readText: (path, most) =>
        this.#value("read", path, { act: () => memory.readText(path, most) }),
      open: (path, mode) => {
        const isLocal = () => memory.inspect(path) !== null;
        const act = () => memory.open(path, mode);
        return this.#open(path, mode === "read" ? "read" : "append", {
          isLocal,
          act,
        });
      },
      createNew: (path, bytes) =>
        this.#value("create", path, {
          isLocal: () => isPrivate(path) || isThere(path),
          act: () => memory.createNew(path, bytes),
        }),
      inspect: (path) =>
        this.#value("inspect", path, {
          isLocal: () =>
            this.#writer.absent.includes(path) ||
            isThere(path),
          act: () => lasting(path, memory.inspect(path)),
        }),
      inspectTarget: () => unexpected(),
      list: () => unexpected(),
      readLink: () => unexpected(),
      mode: () => 0o700,
      setMode: () => unexpected(),
      rename: (from, to) =>
        this.#value("rename to", to, {
          act: () =>
            this.#writer.absent.includes(to)
              ? unexpected()
              : memory.rename(from, to),
        }),
      remove: (path) =>
        this.#value("remove", path, {
          isLocal: () => isPrivate(path) || this.#writer.absent.includes(path),
          act: () => memory.remove(path),
        }),
      removeTree: () => unexpected(),
      removeEmptyDirectory: () => unexpected(),
      makeDirectory: (path) =>
        this.#value("make", path, {
          isLocal: () => memory.inspect(path) !== null,
          act: () => memory.makeDirectory(path),
        }),
      networkFileSystem: () => null,
      flushDirectory: (path) =>
        this.#value("flush", path, {
          isLocal: always,
          act: () => memory.flushDirectory(path),
        }),
    };
  }

  #handle(identity: string, mode: "read" | "append"): OpenFile {
    const inner = this.#memory.reopen(identity, mode);
    return {
      identity,
      size: () => this.#value("size of", identity, { act: () => inner.size() }),
      read: (start, end) =>
        this.#value("read from", identity, {
          isLocal: () => end <= inner.size(),
          act: () => inner.read(start, end),
        }),
      append: (bytes) =>
        this.#value("append to", identity, {
          append: { identity, bytes },
          act: () => this.#append(inner, bytes),
        }),
      flush: () =>
        this.#value("flush", identity, { isLocal: always, act: () => {} }),
      close: () =>
        this.#value("close", identity, {
          isLocal: always,
          act: () => inner.close(),
        }),
    };
  }

  /** What is left of a write, or all of it, or the part that arrives. */
  #append(inner: OpenFile, bytes: Uint8Array): number {
    const written = this.#written;
    this.#written = 0;
    if (this.#shortBytes !== null) {
      return inner.append(bytes.subarray(0, this.#shortBytes));
    }
    inner.append(bytes.subarray(written));
    return bytes.length;
  }

  get #isAnswered(): boolean {
    return this.#place < this.journal.length;
  }

  #value<T>(
    name: string,
    path: string,
    call: { act: () => T; isLocal?: () => boolean; append?: Pending["append"] },
  ): T {
    const answer = this.#answer({ ...call, name: nameOf(name, path) });
    if ("error" in answer) throw answer.error;
    return (answer as { value: T }).value;
  }

  #open(
    path: string,
    mode: "read" | "append",
    call: { isLocal: () => boolean; act: () => OpenFile },
  ): OpenFile {
    const act = () => ({ identity: call.act().identity });
    return this.#handle(
      this.#value<{ identity: string }>("open", path, { ...call, act })
        .identity,
      mode,
    );
  }

  #answer(call: Call): Answer {
    if (this.pending !== null) throw new Suspended();
    if (this.#isAnswered) return this.journal[this.#place++];
    if (call.isLocal?.() !== true && this.#steps-- <= 0) {
      this.pending = { name: call.name, append: call.append ?? null };
      throw new Suspended();
    }
    const answer = answerOf(call.act);
    this.journal.push(answer);
    this.#place++;
    this.history = interned(`${this.history}|${call.name} ${textOf(answer)}`);
    return answer;
  }
}

function answerOf(act: () => unknown): Answer {
  try {
    return { value: act() };
  } catch (error) {
    return { error };
  }
}

function always(): boolean {
  return true;
}

function unexpected(): never {
  throw new Error("the model knows no writer that does this");
}

/** A temporary file of the writer's own. */
function isPrivate(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.startsWith(".") && name !== ".gitignore";
}

/** A path that no verb removes or replaces once it is there. */
function isLasting(path: string): boolean {
  return !path.startsWith(`${DIRECTORY}/`) || path === `${DIRECTORY}/log.jsonl`;
}

/** The facts that hold for as long as the file exists. */
function lasting(path: string, info: FileInfo | null): FileInfo | null {
  if (info === null) return null;
  return {
    kind: info.kind,
    uid: info.uid,
    get identity() {
      return isLasting(path) ? info.identity : unexpected();
    },
    get size() {
      return unexpected();
    },
    get modifiedUs() {
      return unexpected();
    },
  };
}

const words = new Map<string, string>();

/** A short word for a text, always the same one. */
export function interned(text: string): string {
  let word = words.get(text);
  if (word === undefined) {
    word = words.size.toString(36);
    words.set(text, word);
  }
  return word;
}

function textOf(answer: Answer): string {
  if ("error" in answer) return `throws ${answer.error}`;
  const { value } = answer as { value: unknown };
  if (value instanceof Uint8Array) return decoder.decode(value);
  if (typeof value !== "object" || value === null) return String(value);
  // A log never changes its identity here, so a kind and a name say all.
  const { kind = "handle" } = value as Partial<FileInfo>;
  return kind;
}

function nameOf(action: string, path: string): string {
  return `${action} ${path.slice(path.lastIndexOf("/") + 1)}`;
}

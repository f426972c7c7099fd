/**
 * Files that fail at step n: every call, also of an open file, is a step. A
 * failing step throws a code, or writes a part and then fails, or kills: from
 * then on every call throws Killed, so that no catch or finally of the code
 * under test can do anything more, as after SIGKILL.
 */
import { SystemError } from "../../lib/errors.ts";
import type { Files, OpenFile } from "../../lib/platform/platform.ts";

/** What a step does instead of what it was asked for. */
export type Failure =
  /** Nothing happens and the call throws this code. */
  | { kind: "code"; code: string }
  /** Only the first `bytes` arrive; the call says so (a short write). */
  | { kind: "short"; bytes: number }
  /** The process is gone before the step. */
  | { kind: "kill" }
  /** The process is gone in the middle of a write. */
  | { kind: "torn"; bytes: number };

/** Thrown in a process that has been killed; it has no `code`. */
export class Killed extends Error {
  constructor() {
    super("killed");
    this.name = "Killed";
  }
}

/** Where to fail, and what was done until then. */
export interface Plan {
  /** Which step fails, counted from 1; 0 for none. */
  step: number;
  failure: Failure;
  /** `all`: every step from `step` on fails too (a full disk stays full). */
  after?: "recovers" | "all";
}

/** Files that fail by a plan, and what they were asked for. */
export class FailingFiles {
  /** Each call so far, such as "rename status.json". */
  readonly calls: string[] = [];
  /** The same files, through the plan. */
  readonly files: Files;
  readonly #plan: Plan;
  #isDead = false;

  constructor(inner: Files, plan: Plan) {
    this.#plan = plan;
    this.files = this.#wrap(inner);
  }

  /** Whether the plan has struck. */
  get struck(): boolean {
    const { step } = this.#plan;
    return step > 0 && this.calls.length >= step;
  }

  #wrap(inner: Files): Files {
    const step = <T>(name: string, path: string, act: () => T): T =>
      this.#step(`${name} ${lastName(path)}`, { act, path });
    return {
      openDirectory: (path, links) => {
        const open = () => inner.openDirectory(path, links);
        const directory = step("open", path, open);
        return {
          ...this.#wrap(directory),
          facts: () => step("facts of", path, () => directory.facts()),
          // Nothing can go wrong with it: it was never written to.
          close: () => directory.close(),
        };
      },
      readText: (path, most) =>
        step("read", path, () => inner.readText(path, most)),
      open: (path, mode) =>
        this.#handle(step("open", path, () => inner.open(path, mode)), path),
      createNew: (path, bytes, options) =>
        this.#step(`create ${lastName(path)}`, {
          path,
          act: () => inner.createNew(path, bytes, options),
          part: (count) => {
            inner.createNew(path, bytes.subarray(0, count));
            throw new SystemError("ENOSPC", "write", path);
          },
        }),
      inspect: (path) => step("inspect", path, () => inner.inspect(path)),
      inspectTarget: (path) =>
        step("inspect the target of", path, () => inner.inspectTarget(path)),
      list: (path) => step("list", path, () => inner.list(path)),
      rename: (from, to) => step("rename to", to, () => inner.rename(from, to)),
      remove: (path) => step("remove", path, () => inner.remove(path)),
      removeTree: (path) =>
        step("remove all of", path, () => inner.removeTree(path)),
      removeEmptyDirectory: (path) =>
        step("remove if empty", path, () => inner.removeEmptyDirectory(path)),
      makeDirectory: (path) =>
        step("make", path, () => inner.makeDirectory(path)),
      networkFileSystem: (path) => inner.networkFileSystem(path),
      readLink: (path) => inner.readLink(path),
      mode: (path) => inner.mode(path),
      setMode: (path, permissions) => inner.setMode(path, permissions),
      flushDirectory: (path) =>
        step("flush", path, () => inner.flushDirectory(path)),
    };
  }

  #handle(inner: OpenFile, path: string): OpenFile {
    const step = <T>(name: string, act: () => T): T =>
      this.#step(`${name} ${lastName(path)}`, { act, path });
    return {
      identity: inner.identity,
      size: () => step("size of", () => inner.size()),
      read: (start, end) => step("read from", () => inner.read(start, end)),
      append: (bytes) =>
        this.#step(`append to ${lastName(path)}`, {
          path,
          act: () => inner.append(bytes),
          part: (count) => inner.append(bytes.subarray(0, count)),
        }),
      flush: () => step("flush", () => inner.flush()),
      close: () => step("close", () => inner.close()),
    };
  }

  #step<T>(
    name: string,
    { act, path, part }: {
      act: () => T;
      path: string;
      part?: (bytes: number) => T;
    },
  ): T {
    if (this.#isDead) throw new Killed();
    this.calls.push(name);
    const { step, failure, after } = this.#plan;
    const count = this.calls.length;
    const fails = step > 0 &&
      (after === "all" ? count >= step : count === step);
    if (!fails) return act();
    switch (failure.kind) {
      case "code":
        throw new SystemError(failure.code, name, path);
      case "short":
        return part === undefined ? act() : part(failure.bytes);
      case "torn":
        this.#isDead = true;
        this.#tear(part, failure.bytes);
        throw new Killed();
      case "kill":
        this.#isDead = true;
        throw new Killed();
    }
  }

  #tear(part: ((bytes: number) => unknown) | undefined, bytes: number): void {
    try {
      part?.(bytes);
    } catch {
      // Nobody is left to hear of it.
    }
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

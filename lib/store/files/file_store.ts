/** The store in files: `.parallel/<workspace>/<session>/` (docs/format.md). */
import {
  errorCode,
  explain,
  NotFoundError,
  StorageError,
} from "../../errors.ts";
import type { OpenFile, Platform } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import type { LogLine, SessionRef, SessionView } from "../../session/types.ts";
import { makeDirectories } from "./directories.ts";
import { sessionPaths } from "./layout.ts";
import { eachLine, lastLines } from "./log_file.ts";
import { openLog } from "./log_fold.ts";
import {
  listSessions,
  listWorkspaces,
  readSession,
  readWorkspace,
} from "./read.ts";
import type {
  Decide,
  Feed,
  FeedOptions,
  LogCursor,
  LogPage,
  LogRange,
  Recorded,
  RecordOptions,
  SessionStore,
} from "../store.ts";
import { recordEvent } from "./write.ts";
import { nameOf, noSuchSession } from "./write_steps.ts";

/** Sessions in the files below `root`, the `.parallel` directory. */
export class FileStore implements SessionStore {
  readonly location: string;
  readonly #platform: Platform;

  constructor(platform: Platform, root: string) {
    this.#platform = platform;
    this.location = root;
  }

  // deno-lint-ignore require-await
  async workspaces(): Promise<string[]> {
    return listWorkspaces(this.#platform.files, this.location);
  }

  // deno-lint-ignore require-await
  async sessionIds(workspace: string): Promise<string[]> {
    return listSessions(this.#platform.files, this.location, workspace) ?? [];
  }

  // deno-lint-ignore require-await
  async read(ref: SessionRef): Promise<SessionView | null> {
    return readSession(this.#platform, this.location, ref);
  }

  // deno-lint-ignore require-await
  async readAll(workspace: string): Promise<SessionView[] | null> {
    return readWorkspace(this.#platform, this.location, workspace);
  }

  async record(
    ref: SessionRef,
    decide: Decide,
    options: RecordOptions = {},
  ): Promise<Recorded> {
    const paths = sessionPaths(this.location, ref);
    let isNew = false;
    const prepare = options.create
      ? () => void (isNew = makeDirectories(this.#platform, paths) || isNew)
      : undefined;
    try {
      const { durability = "usual" } = options;
      const order = { decide, prepare, durability };
      const recorded = recordEvent(this.#platform, paths, order);
      if (options.create) recorded.warnings.push(...this.#doubts());
      return recorded;
    } catch (error) {
      if (error instanceof NotFoundError) throw noSuchSession(ref);
      // A start that failed leaves no session that nobody ever ends.
      if (isNew) await this.remove(ref, isEmpty).catch(() => false);
      throw error;
    }
  }

  // deno-lint-ignore require-await
  async readLog(
    ref: SessionRef,
    range: LogRange = {},
  ): Promise<LogPage | null> {
    return this.#withLog(ref, (log) => ({
      lines: range.last === undefined
        ? linesFrom(log, 0).lines
        : lastLines(log, range.last),
      cursor: { offset: linesEnd(log), identity: log.identity },
    }));
  }

  // deno-lint-ignore require-await
  async readLogAfter(
    ref: SessionRef,
    cursor: LogCursor,
  ): Promise<LogPage | null> {
    return this.#withLog(ref, (log) => {
      const same = log.identity === cursor.identity &&
        log.size() >= cursor.offset;
      const { lines, end } = linesFrom(log, same ? cursor.offset : 0);
      return { lines, cursor: { offset: end, identity: log.identity } };
    });
  }

  async feed(workspace: string | null, options: FeedOptions): Promise<Feed> {
    const { FileFeed } = await import("./feed.ts");
    const place = { root: this.location, workspace };
    return new FileFeed(this.#platform, place, options);
  }

  async remove(
    ref: SessionRef,
    mayGo: (view: SessionView) => boolean,
  ): Promise<boolean> {
    const { removeSession } = await import("./remove.ts");
    return removeSession(this.#platform, this.location, { ref, mayGo });
  }

  /** What is to be feared of the place; told when a session begins. */
  #doubts(): string[] {
    const name = this.#platform.files.networkFileSystem(this.location);
    return name === null ? [] : [
      `"${this.location}" is on ${name}, where events can be lost; ` +
      "keep .parallel on a local disk",
    ];
  }

  #withLog(ref: SessionRef, use: (log: OpenFile) => LogPage): LogPage | null {
    const paths = sessionPaths(this.location, ref);
    const { files } = this.#platform;
    if (files.inspect(paths.directory)?.kind !== "directory") return null;
    let log: OpenFile | null = null;
    try {
      log = openLog(files, paths, "read");
      if (log !== null) return use(log);
      return { lines: [], cursor: { offset: 0, identity: "" } };
    } catch (error) {
      if (errorCode(error) === "") throw error;
      throw new StorageError(
        `Cannot read the log of ${nameOf(ref)}: ${explain(error)}`,
        { cause: error },
      );
    } finally {
      log?.close();
    }
  }
}

function isEmpty({ condition }: SessionView): boolean {
  return condition === "empty";
}

function linesFrom(
  log: OpenFile,
  start: number,
): { lines: LogLine[]; end: number } {
  const lines: LogLine[] = [];
  let end = start;
  eachLine(log, start, (whole) => {
    end = whole.end;
    const line = parseLine(whole.text);
    if (line !== null) lines.push(line);
  });
  return { lines, end };
}

/** The place after the last newline. */
function linesEnd(log: OpenFile): number {
  const size = log.size();
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - 65_536);
    const newline = log.read(start, end).lastIndexOf(10);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

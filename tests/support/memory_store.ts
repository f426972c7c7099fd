/** A store on files in memory, with a clock that a test turns. */
import { FileStore } from "../../lib/store/files/file_store.ts";
import { SystemError } from "../../lib/errors.ts";
import { SessionTracker } from "../../lib/tracker.ts";
import { FakePlatform } from "./fake_platform.ts";
import type { MemoryFiles } from "./memory_files.ts";

/** Where the store is. */
export const ROOT = "/desk/.parallel";

/** A machine in memory on which no program can be run, and the store on it. */
export class MemoryStore {
  readonly platform = new FakePlatform();
  readonly store: FileStore;

  constructor() {
    this.files.makeDirectories(ROOT);
    this.platform.systemCalls.failure = new SystemError(
      "ENOENT",
      "spawn",
      "git",
    );
    this.store = new FileStore(this.platform, ROOT);
  }

  get files(): MemoryFiles {
    return this.platform.memory;
  }

  /** The same store on other files, such as those that fail. */
  on(files: MemoryFiles | FakePlatform["files"]): FileStore {
    const { clock } = this.platform;
    return new FileStore(new FakePlatform({ files, clock }), ROOT);
  }

  session(sessionId: string, workspace = "w"): SessionTracker {
    const { store, platform } = this;
    return new SessionTracker({ workspace, sessionId }, { store, platform });
  }

  /** Begins and completes sessions. */
  async completed(...ids: string[]): Promise<void> {
    for (const id of ids) {
      await this.session(id).start("task");
      await this.session(id).complete();
    }
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.platform.time.pause(ms);
  }

  /** The names in a directory of the store, sorted; none if it is not there. */
  names(path = "w"): string[] {
    return this.files.inspect(`${ROOT}/${path}`) === null
      ? []
      : this.files.list(`${ROOT}/${path}`).map(({ name }) => name).sort();
  }
}

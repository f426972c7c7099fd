/**
 * The sessions that are measured, written by ptrack's own code, but without
 * flushing to the device, or as the original system wrote them.
 */
import { ensureDirSync } from "@std/fs";
import type { OpenFile, Platform } from "../../lib/platform/platform.ts";
import { openPlatform } from "../../lib/platform/node.ts";
import { FileStore } from "../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../lib/tracker.ts";

const TASK = "Writing an architecture decision record on observability";
const MESSAGE = "Comparing the third of five options";
const CHUNK_LINES = 10_000;

/** Makes sessions below one `.parallel` directory. */
export class Sessions {
  readonly root: string;
  readonly #platform: Platform;

  constructor(platform: Platform, root: string) {
    this.#platform = platform;
    this.root = root;
    ensureDirSync(root);
  }

  /** The same store, without waiting for the device. */
  static open(root: string): Sessions {
    const platform = openPlatform();
    const flushless = (file: OpenFile): OpenFile => ({
      ...file,
      flush: () => {},
    });
    const files = {
      ...platform.files,
      open: (...place: Parameters<Platform["files"]["open"]>) =>
        flushless(platform.files.open(...place)),
      createNew: (path: string, bytes: Uint8Array) =>
        platform.files.createNew(path, bytes),
      flushDirectory: () => {},
      networkFileSystem: () => null,
    };
    return new Sessions({ ...platform, files }, root);
  }

  /** Sessions of a workspace: all running, or one in four completed. */
  async write(
    workspace: string,
    count: number,
    kind: "running" | "mixed",
  ): Promise<void> {
    ensureDirSync(`${this.root}/${workspace}`);
    for (let n = 0; n < count; n++) {
      const session = this.#session(workspace, idOf(n));
      await session.start(TASK);
      await session.heartbeat({ progressPct: n % 100, message: MESSAGE });
      if (kind === "mixed" && n % 4 === 0) {
        await session.complete({ outputFiles: [`docs/adr-${n}.md`] });
      }
    }
  }

  /** Sessions as the original wrote them: one in four completed. */
  writeForeign(workspace: string, count: number): void {
    for (let n = 0; n < count; n++) {
      const id = idOf(n);
      const directory = `${this.root}/${workspace}/${id}`;
      ensureDirSync(directory);
      const found = foreignSession(workspace, id, n % 4 === 0);
      Deno.writeTextFileSync(`${directory}/status.json`, found.status);
      Deno.writeTextFileSync(`${directory}/log.jsonl`, found.log);
      if (found.marker !== null) {
        Deno.writeTextFileSync(`${directory}/COMPLETED`, found.marker);
      }
    }
  }

  /** A session with `lines` heartbeats in its log, all of them folded in. */
  async writeLongLog(workspace: string, id: string, lines: number) {
    const session = this.#session(workspace, id);
    await session.start(TASK);
    this.#appendLines({ workspace, id, lines }, (n) => ({
      event: "heartbeat",
      progress_pct: n % 100,
      details: { message: `${MESSAGE}, ${MESSAGE}`, pct: n % 100 },
    }));
    await session.heartbeat({ progressPct: 50 });
  }

  /** A session with `errors` errors behind it. */
  async writeErrors(workspace: string, id: string, errors: number) {
    const session = this.#session(workspace, id);
    await session.start(TASK);
    this.#appendLines({ workspace, id, lines: errors }, (n) => ({
      event: "error",
      progress_pct: 0,
      details: { error: `Source ${n} did not answer` },
    }));
    await session.heartbeat({ progressPct: 50 });
  }

  #appendLines(
    { workspace, id, lines }: { workspace: string; id: string; lines: number },
    lineOf: (n: number) => Record<string, unknown>,
  ): void {
    const path = `${this.root}/${workspace}/${id}/log.jsonl`;
    const timestamp = new Date().toISOString().replace("Z", "000+00:00");
    let text = "";
    for (let n = 1; n <= lines; n++) {
      const { event, progress_pct, details } = lineOf(n);
      const whole = {
        timestamp,
        event,
        session_id: id,
        state: "running",
        progress_pct,
        details,
        id: `bench-${n.toString(16).padStart(8, "0")}`,
        attempt: 1,
      };
      text += `${JSON.stringify(whole)}\n`;
      if (n % CHUNK_LINES !== 0 && n !== lines) continue;
      Deno.writeTextFileSync(path, text, { append: true });
      text = "";
    }
  }

  #session(workspace: string, sessionId: string): SessionTracker {
    const platform = this.#platform;
    const store = new FileStore(platform, this.root);
    return new SessionTracker({ workspace, sessionId }, { store, platform });
  }
}

function idOf(n: number): string {
  return `session-${String(n).padStart(5, "0")}`;
}

/** The files of one session of the original, as its Python code wrote them. */
function foreignSession(workspace: string, id: string, completed: boolean) {
  const now = Date.now();
  const at = (secondsAgo: number) =>
    new Date(now - secondsAgo * 1000).toISOString().replace("Z", "123+00:00");
  const state = completed ? "completed" : "running";
  const outputs = completed ? [`docs/${id}.md`] : [];
  const status = {
    session_id: id,
    workspace,
    state,
    task_description: TASK,
    progress_pct: completed ? 100 : 47,
    message: MESSAGE,
    errors: [],
    started_at: at(60),
    last_heartbeat: at(10),
    completed_at: completed ? at(5) : null,
    output_files: outputs,
    metadata: { phase: 2, model: "opus", papers: 3 },
  };
  const line = (event: string, secondsAgo: number, details: unknown) =>
    JSON.stringify({
      timestamp: at(secondsAgo),
      event,
      session_id: id,
      state: "running",
      progress_pct: 10,
      details,
    }) + "\n";
  const log = [
    line("started", 60, { task: TASK }),
    ...[50, 40, 30, 20, 10].map((secondsAgo) =>
      line("heartbeat", secondsAgo, { message: MESSAGE })
    ),
  ].join("");
  const marker = JSON.stringify(
    {
      session_id: id,
      state,
      timestamp: at(5),
      output_files: outputs,
      error_summary: null,
    },
    null,
    2,
  );
  return {
    status: JSON.stringify(status, null, 2),
    log,
    marker: completed ? marker : null,
  };
}

/**
 * The sessions that are measured: of each kind ptrack writes one, which is then
 * copied; others are as the original system wrote them.
 */
import { ensureDirSync } from "@std/fs";
import { outputOf } from "./measure.ts";

const TASK = "Writing an architecture decision record on observability";
const MESSAGE = "Comparing the third of five options";
const CHUNK_LINES = 10_000;

/** A session with a long log. */
export interface LongLog {
  workspace: string;
  id: string;
  path: string;
}

type State = "completed" | "running";

/** The files of a session, by their names. */
type Files = Record<string, string>;

/** Makes sessions in the `.parallel` of a directory. */
export class Sessions {
  readonly root: string;
  readonly #ptrack: string;
  readonly #directory: string;
  #longLog: Promise<LongLog> | undefined;

  constructor(ptrack: string, directory: string) {
    this.#ptrack = ptrack;
    this.#directory = directory;
    this.root = `${directory}/.parallel`;
    ensureDirSync(this.root);
  }

  /** Sessions of a workspace: all running, or one in four completed. */
  async write(
    workspace: string,
    count: number,
    kind: "running" | "mixed",
  ): Promise<void> {
    const models = {
      running: await this.#model(workspace, "running"),
      completed: await this.#model(workspace, "completed"),
    };
    for (let n = 0; n < count; n++) {
      const id = idOf(n);
      const model = models[kind === "running" ? "running" : stateOf(n)];
      const files = Object.entries(model).map(([name, text]) =>
        [name, text.replaceAll(MODEL, id)] as const
      );
      this.#writeFiles(workspace, id, Object.fromEntries(files));
    }
  }

  /** Sessions as the original wrote them: one in four completed. */
  writeForeign(workspace: string, count: number): void {
    for (let n = 0; n < count; n++) {
      this.writeForeignSession(workspace, idOf(n), stateOf(n));
    }
  }

  /** A session as the original wrote it; returns its directory. */
  writeForeignSession(workspace: string, id: string, state: State): string {
    return this.#writeFiles(workspace, id, foreignFiles(workspace, id, state));
  }

  /** A session with a log of so many lines, written when first asked for. */
  longLog(lines: number): Promise<LongLog> {
    return this.#longLog ??= (async () => {
      const found = { workspace: "long", id: "long-log" };
      await this.writeLongLog(found.workspace, found.id, lines);
      return { ...found, path: `${this.#place("long", "long-log")}/log.jsonl` };
    })();
  }

  /** A session with so many heartbeats in its log, folded into its status. */
  async writeLongLog(workspace: string, id: string, lines: number) {
    await this.#writeHistory(
      workspace,
      id,
      repeat(lines, (n) => ({
        event: "heartbeat",
        details: { message: `${MESSAGE}, ${MESSAGE}`, pct: n % 100 },
      })),
    );
  }

  /** A session with so many errors behind it. */
  async writeErrors(workspace: string, id: string, errors: number) {
    await this.#writeHistory(
      workspace,
      id,
      repeat(errors, (n) => ({
        event: "error",
        details: { error: `Source ${n} did not answer` },
      })),
    );
  }

  /** What ptrack writes for a session in this state. */
  async #model(workspace: string, state: State): Promise<Files> {
    await this.#run("start", workspace, MODEL, TASK);
    await this.#run("heartbeat", workspace, MODEL, "-m", MESSAGE);
    if (state === "completed") {
      await this.#run("complete", workspace, MODEL, "--output", "docs/adr.md");
    }
    const place = this.#place(workspace, MODEL);
    const files: Files = {};
    for (const { name } of Deno.readDirSync(place)) {
      files[name] = Deno.readTextFileSync(`${place}/${name}`);
    }
    Deno.removeSync(place, { recursive: true });
    return files;
  }

  async #writeHistory(workspace: string, id: string, events: Iterable<Event>) {
    await this.#run("start", workspace, id, TASK);
    const path = `${this.#place(workspace, id)}/log.jsonl`;
    const timestamp = new Date().toISOString().replace("Z", "000+00:00");
    let n = 0;
    let text = "";
    const append = () => {
      Deno.writeTextFileSync(path, text, { append: true });
      text = "";
    };
    for (const { event, details } of events) {
      const line = {
        timestamp,
        event,
        session_id: id,
        state: "running",
        progress_pct: n % 100,
        details,
        id: `bench-${(n++).toString(16).padStart(8, "0")}`,
        attempt: 1,
      };
      text += `${JSON.stringify(line)}\n`;
      if (n % CHUNK_LINES === 0) append();
    }
    append();
    // Folds all of it into the status.
    await this.#run("heartbeat", workspace, id, "--pct", "50");
  }

  async #run(
    command: string,
    workspace: string,
    id: string,
    ...words: string[]
  ): Promise<void> {
    const session = ["-w", workspace, "-s", id];
    await outputOf([this.#ptrack, command, ...session, ...words], {
      directory: this.#directory,
    });
  }

  #place(workspace: string, id: string): string {
    return `${this.root}/${workspace}/${id}`;
  }

  #writeFiles(workspace: string, id: string, files: Files): string {
    const place = this.#place(workspace, id);
    ensureDirSync(place);
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${place}/${name}`, text);
    }
    return place;
  }
}

/** The name of the session that is copied, as long as those of its copies. */
const MODEL = "session-model";

function idOf(n: number): string {
  return `session-${String(n).padStart(5, "0")}`;
}

/** One in four is completed. */
function stateOf(n: number): State {
  return n % 4 === 0 ? "completed" : "running";
}

interface Event {
  event: string;
  details: object;
}

function* repeat(count: number, make: (n: number) => Event): Iterable<Event> {
  for (let n = 0; n < count; n++) yield make(n);
}

/** The files of a session of the original, as its Python code wrote them. */
function foreignFiles(workspace: string, id: string, state: State): Files {
  const completed = state === "completed";
  const now = Date.now();
  const at = (secondsAgo: number) =>
    new Date(now - secondsAgo * 1000).toISOString().replace("Z", "123+00:00");
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
  const marker = {
    session_id: id,
    state,
    timestamp: at(5),
    output_files: outputs,
    error_summary: null,
  };
  return {
    "status.json": JSON.stringify(status, null, 2),
    "log.jsonl": log,
    ...(completed ? { COMPLETED: JSON.stringify(marker, null, 2) } : {}),
  };
}

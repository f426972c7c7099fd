/** The store on real files: what it writes, and what it reads from damaged ones. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ensureDirSync } from "@std/fs";
import {
  NotFoundError,
  RefusedError,
  StorageError,
} from "../../../lib/errors.ts";
import { openPlatform } from "../../../lib/platform/node.ts";
import { nodeAccess } from "../../../lib/platform/node_files.ts";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import type { JsonObject, SessionView } from "../../../lib/session/types.ts";
import { overridden } from "../../support/directory_over.ts";
import { SEED_KEYS } from "../../support/contract.ts";

const platform = openPlatform(nodeAccess);

interface Place {
  store: FileStore;
  tracker: SessionTracker;
  directory: string;
  view(): Promise<SessionView>;
  status(): JsonObject;
  write(name: string, text: string): void;
  read(name: string): string;
  names(): string[];
}

async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
  const base = await Deno.makeTempDir();
  const store = new FileStore(platform, `${base}/.parallel`);
  const directory = `${base}/.parallel/w/s`;
  const ref = { workspace: "w", sessionId: "s" };
  const read = (name: string) => Deno.readTextFileSync(`${directory}/${name}`);
  try {
    await use({
      store,
      tracker: new SessionTracker(ref, { store, platform }),
      directory,
      view: async () => (await store.read(ref))!,
      status: () => JSON.parse(read("status.json")),
      write(name, text) {
        ensureDirSync(directory);
        Deno.writeTextFileSync(`${directory}/${name}`, text);
      },
      read,
      names: () => [...Deno.readDirSync(directory)].map((e) => e.name).sort(),
    });
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

const FOREIGN = {
  session_id: "s",
  workspace: "w",
  state: "running",
  task_description: "T",
  progress_pct: 30,
  message: "m",
  errors: ["[2026-02-13T10:00:01+00:00] one"],
  started_at: "2026-02-13T10:00:00+00:00",
  last_heartbeat: "2026-02-13T10:00:02+00:00",
  completed_at: null,
  output_files: [],
  metadata: { kept: true },
  theirs: { any: "thing" },
};

Deno.test("a session leaves a log, a status and one marker, and nothing else", () =>
  inPlace(async ({ tracker, names, status, read }) => {
    await tracker.start("T", { metadata: { a: 1 } });
    assertEquals(names(), ["log.jsonl", "status.json"]);
    await tracker.heartbeat({ progressPct: 250, message: "m" });
    assertEquals(status()["progress_pct"], 100);
    await tracker.complete({ outputFiles: ["x"], message: "done" });
    assertEquals(names(), ["COMPLETED", "log.jsonl", "status.json"]);
    assertEquals(Object.keys(status()), [...SEED_KEYS, "ptrack"]);
    assertEquals(Object.keys(JSON.parse(read("COMPLETED"))), [
      "session_id",
      "state",
      "timestamp",
      "output_files",
      "error_summary",
      "attempt",
    ]);
    const log = read("log.jsonl");
    assertEquals(log.trimEnd().split("\n").length, 3);
    assertEquals((status()["ptrack"] as JsonObject)["log_bytes"], log.length);
  }));

Deno.test("sessions are never committed: .parallel has its own .gitignore", () =>
  inPlace(async ({ tracker, store }) => {
    await tracker.start("T");
    assertEquals(Deno.readTextFileSync(`${store.location}/.gitignore`), "*\n");
  }));

Deno.test("fail after complete is refused and leaves the one right marker", () =>
  inPlace(async ({ tracker, names, view }) => {
    await tracker.start("T");
    await tracker.complete();
    await assertRejects(
      () => tracker.fail("late"),
      RefusedError,
      "it has completed",
    );
    assertEquals(names().filter((name) => /^[A-Z]/.test(name)), ["COMPLETED"]);
    assertEquals((await view()).status.state, "completed");
  }));

Deno.test("a restart begins attempt 2 without the markers of attempt 1", () =>
  inPlace(async ({ tracker, names, view, store }) => {
    await tracker.start("T");
    await tracker.fail("no");
    const again = new SessionTracker({ workspace: "w", sessionId: "s" }, {
      store,
      platform,
    });
    await assertRejects(() => again.start("T"), RefusedError, "--restart");
    await again.start("T2", { restart: true });
    assertEquals(names(), ["log.jsonl", "status.json"]);
    assertEquals((await view()).status.ptrack?.attempt, 2);
    await assertRejects(
      () => tracker.complete(),
      RefusedError,
      "attempt 1 was superseded by 2",
    );
  }));

Deno.test("a live session is replaced by --force only", () =>
  inPlace(async ({ tracker, view }) => {
    await tracker.start("T");
    await assertRejects(
      () => tracker.start("U", { restart: true }),
      RefusedError,
      "--force",
    );
    await tracker.start("U", { force: true });
    assertEquals((await view()).status.task_description, "U");
  }));

Deno.test("a verb on a missing session says how to begin it", () =>
  inPlace(async ({ tracker }) => {
    await assertRejects(
      () => tracker.heartbeat(),
      NotFoundError,
      "ptrack start -s s",
    );
  }));

Deno.test("readers and writers replace a lost status by the fold of the log", () =>
  inPlace(async ({ tracker, directory, view, status }) => {
    await tracker.start("T");
    await tracker.error("bad");
    Deno.removeSync(`${directory}/status.json`);
    assertEquals((await view()).status.errors.length, 1);
    await tracker.heartbeat({ progressPct: 5 });
    assertEquals((status()["errors"] as string[]).length, 1);
    assertEquals(status()["progress_pct"], 5);
  }));

Deno.test("a torn last line is not folded, and the next writer begins a new one", () =>
  inPlace(async ({ tracker, directory, view, read }) => {
    await tracker.start("T");
    Deno.writeTextFileSync(`${directory}/log.jsonl`, '{"timestamp": "2026', {
      append: true,
    });
    assertEquals((await view()).status.state, "running");
    await tracker.error("after");
    assertEquals((await view()).status.errors.length, 1);
    assertEquals(read("log.jsonl").split("\n").length, 4);
  }));

Deno.test("a lost log leaves the status as it is", () =>
  inPlace(async ({ tracker, directory, view, status }) => {
    await tracker.start("T");
    await tracker.error("one");
    Deno.removeSync(`${directory}/log.jsonl`);
    assertEquals((await view()).status.errors.length, 1);
    await tracker.error("two");
    assertEquals((status()["errors"] as string[]).length, 2);
    assertEquals((await view()).status.errors.length, 2);
  }));

Deno.test("a log that was cut short is folded over the status, and no error counts twice", () =>
  inPlace(async ({ tracker, directory, view, read }) => {
    await tracker.start("T");
    await tracker.error("one");
    await tracker.error("two");
    const lines = read("log.jsonl").split("\n");
    Deno.writeTextFileSync(
      `${directory}/log.jsonl`,
      `${lines[0]}\n${lines[1]}\n`,
    );
    assertEquals((await view()).status.errors.length, 2);
    await tracker.error("three");
    const { status } = await view();
    assertEquals(status.errors.map((text) => text.split("] ")[1]), [
      "one",
      "two",
      "three",
    ]);
    assertEquals(status.ptrack?.errors_total, 3);
  }));

Deno.test("a log of zeros after a power cut does not hide the status", () =>
  inPlace(async ({ tracker, directory, view, read }) => {
    await tracker.start("T");
    await tracker.heartbeat({ progressPct: 60 });
    const { length } = read("log.jsonl");
    Deno.writeFileSync(`${directory}/log.jsonl`, new Uint8Array(length));
    assertEquals((await view()).status.progress_pct, 60);
    await tracker.complete();
    assertEquals((await view()).status.state, "completed");
  }));

Deno.test("a foreign status is read as it is, with its unknown keys", () =>
  inPlace(async ({ view, write, tracker, status }) => {
    write("status.json", JSON.stringify(FOREIGN));
    assertEquals((await view()).status as unknown, FOREIGN);
    await tracker.error("two");
    assertEquals(status()["theirs"], FOREIGN.theirs);
    assertEquals((status()["errors"] as string[]).length, 2);
    assertEquals(status()["metadata"], { kept: true });
  }));

Deno.test("our lines are folded over a foreign status that came later", () =>
  inPlace(async ({ view, write, tracker }) => {
    write("status.json", JSON.stringify(FOREIGN));
    await tracker.error("ours");
    write("status.json", JSON.stringify({ ...FOREIGN, progress_pct: 70 }));
    const { status } = await view();
    assertEquals(status.progress_pct, 70);
    assertEquals(status.errors.length, 2);
    await tracker.heartbeat();
    assertEquals((await view()).status.errors.length, 2);
  }));

Deno.test("a marker outranks a foreign status that is running", () =>
  inPlace(async ({ view, write, tracker }) => {
    write("status.json", JSON.stringify(FOREIGN));
    write("FAILED", JSON.stringify({ state: "failed", error_summary: "boom" }));
    const { status } = await view();
    assertEquals([status.state, status.message], ["failed", "FAILED: boom"]);
    await assertRejects(() => tracker.heartbeat(), RefusedError, "failed");
  }));

Deno.test("a marker that contradicts a status of ours is wrong, and is removed", () =>
  inPlace(async ({ view, write, tracker, names }) => {
    await tracker.start("T");
    write("COMPLETED", "{}");
    assertEquals((await view()).status.state, "running");
    await tracker.heartbeat();
    assertEquals(names(), ["log.jsonl", "status.json"]);
  }));

Deno.test("a marker alone tells how a session ended", () =>
  inPlace(async ({ view, write }) => {
    write("COMPLETED", "");
    assertEquals((await view()).status.state, "completed");
  }));

Deno.test("bookkeeping that makes no sense makes the status foreign, not lost", () =>
  inPlace(async ({ view, write, tracker, status }) => {
    await tracker.start("T");
    await tracker.error("one");
    const broken = status();
    broken["ptrack"] = { ...(broken["ptrack"] as JsonObject), log_bytes: -4 };
    write("status.json", JSON.stringify(broken));
    assertEquals((await view()).status.errors.length, 1);
    await tracker.error("two");
    assertEquals((status()["errors"] as string[]).length, 2);
  }));

Deno.test("a newer format is shown, and not written", () =>
  inPlace(async ({ view, write, tracker, status, read }) => {
    await tracker.start("T");
    const newer = status();
    newer["ptrack"] = {
      ...(newer["ptrack"] as JsonObject),
      version: 2,
      secret: 1,
    };
    write("status.json", JSON.stringify(newer));
    assertEquals((await view()).status.state, "running");
    const log = read("log.jsonl");
    await assertRejects(() => tracker.heartbeat(), RefusedError, "upgrade");
    assertEquals(read("log.jsonl"), log);
    assertEquals(status(), newer);
  }));

Deno.test("unknown keys survive a rewrite, also inside the bookkeeping", () =>
  inPlace(async ({ write, tracker, status }) => {
    await tracker.start("T");
    const more = { ...status(), extra: [1], ["__proto__x"]: 2 };
    (more as JsonObject)["ptrack"] = {
      ...(status()["ptrack"] as JsonObject),
      later: { a: 1 },
    };
    write("status.json", JSON.stringify(more));
    await tracker.heartbeat({ message: "m" });
    assertEquals(status()["extra"], [1]);
    assertEquals((status()["ptrack"] as JsonObject)["later"], { a: 1 });
  }));

Deno.test("an empty directory is a pending session, one with rubbish is unreadable", () =>
  inPlace(async ({ view, write, directory }) => {
    ensureDirSync(directory);
    assertEquals((await view()).condition, "empty");
    write("status.json", "nonsense");
    const found = await view();
    assertEquals(found.condition, "unreadable");
    assert(found.problem.includes("status.json"));
  }));

Deno.test("a link or directory in the place of a file is refused, and shown as unreadable", () =>
  inPlace(async ({ view, tracker, directory }) => {
    await tracker.start("T");
    for (const name of ["status.json", "log.jsonl"]) {
      const path = `${directory}/${name}`;
      const text = Deno.readTextFileSync(path);
      Deno.renameSync(path, `${directory}/.aside`);
      Deno.symlinkSync(`${directory}/.aside`, path);
      assertEquals((await view()).condition, "unreadable", name);
      await assertRejects(
        () => tracker.heartbeat(),
        StorageError,
        "symbolic link",
      );
      Deno.removeSync(path);
      Deno.removeSync(`${directory}/.aside`);
      Deno.writeTextFileSync(path, text);
    }
    assertEquals((await view()).condition, "readable");
  }));

Deno.test("a status over 1 MiB is not read, and the log is used instead", () =>
  inPlace(async ({ view, write, tracker }) => {
    await tracker.start("T");
    write(
      "status.json",
      JSON.stringify({ ...FOREIGN, message: "x".repeat(2 ** 20) }),
    );
    const { status, condition } = await view();
    assertEquals([condition, status.task_description], ["readable", "T"]);
  }));

Deno.test("a session is put back if the caller does not agree at the last moment", () =>
  inPlace(async ({ store, tracker, directory }) => {
    const ref = { workspace: "w", sessionId: "s" };
    const ended = ({ status }: SessionView) => status.state === "completed";
    await tracker.start("T");
    assertEquals(await store.remove(ref, ended), false);
    await tracker.complete();
    let looks = 0;
    const second = () => ++looks < 2;
    assertEquals(await store.remove(ref, second), false);
    assert(Deno.statSync(directory).isDirectory, "it was put back");
    assertEquals(await store.remove(ref, ended), true);
    assertEquals([...Deno.readDirSync(`${store.location}/w`)].length, 0);
  }));

Deno.test("the last lines of a long log are read from its end", () =>
  inPlace(async ({ store, tracker, directory }) => {
    await tracker.start("T");
    const filler = `${
      JSON.stringify({
        event: "heartbeat",
        details: { message: "x".repeat(900) },
      })
    }\n`;
    Deno.writeTextFileSync(`${directory}/log.jsonl`, filler.repeat(2000), {
      append: true,
    });
    await tracker.error("the last");
    const page = await store.readLog({ workspace: "w", sessionId: "s" }, {
      last: 200,
    });
    assertEquals(page!.lines.length, 200);
    assertEquals(page!.lines.at(-1)!.event, "error");
    const all = await store.readLog({ workspace: "w", sessionId: "s" });
    assertEquals(all!.lines.length, 2002);
    await tracker.error("after");
    const next = await store.readLog({ workspace: "w", sessionId: "s" }, {
      after: page!.cursor,
    });
    assertEquals(next!.lines.map((line) => line.details["error"]), ["after"]);
  }));

Deno.test("numbers in the metadata of others keep their text in a rewrite", () =>
  inPlace(async ({ tracker, write, read }) => {
    const text = JSON.stringify(FOREIGN)
      .replace('{"kept":true}', '{"id":12345678901234567890,"price":1.10}');
    write("status.json", text);
    await tracker.heartbeat({ metadata: { more: 1 } });
    await tracker.complete();
    assertStringIncludes(read("status.json"), '"id": 12345678901234567890,');
    assertStringIncludes(read("status.json"), '"price": 1.10,');
    assertStringIncludes(read("status.json"), '"more": 1');
  }));

Deno.test("the environment leads other ptrack processes to the store", () =>
  inPlace(({ store }) => {
    assertEquals(store.environment(), { PTRACK_DIR: store.location });
    return Promise.resolve();
  }));

Deno.test("a start on a network file system warns that events can be lost", async () => {
  const base = await Deno.makeTempDir();
  const files = { ...platform.files, networkFileSystem: () => "NFS" };
  const store = new FileStore({ ...platform, files }, `${base}/.parallel`);
  const ref = { workspace: "w", sessionId: "s" };
  const tracker = new SessionTracker(ref, { store, platform });
  try {
    const { warnings } = await tracker.start("T");
    assertEquals(warnings.length, 1);
    assert(warnings[0].includes("on NFS"));
    assertEquals((await tracker.heartbeat())?.warnings, []);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});

Deno.test("a start that cannot be recorded leaves no session behind", async () => {
  const base = await Deno.makeTempDir();
  const full = () => {
    throw Object.assign(new Error("full"), { code: "ENOSPC" });
  };
  const files = overridden(platform.files, (files) => ({
    open: (path, mode) => ({ ...files.open(path, mode), append: full }),
  }));
  const store = new FileStore({ ...platform, files }, `${base}/.parallel`);
  const ref = { workspace: "w", sessionId: "s" };
  const tracker = new SessionTracker(ref, { store, platform });
  try {
    await assertRejects(() => tracker.start("T"), StorageError, "no space");
    assertEquals([...Deno.readDirSync(`${base}/.parallel/w`)], []);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});

Deno.test("a writer whose session is replaced meanwhile decides again", async () => {
  const base = await Deno.makeTempDir();
  const directory = `${base}/.parallel/w/s`;
  const ref = { workspace: "w", sessionId: "s" };
  const plain = new FileStore(platform, `${base}/.parallel`);
  const others = new SessionTracker(ref, { store: plain, platform });
  await others.start("T");
  const ended = `${base}/ended`;
  await Deno.mkdir(ended);
  for (const name of ["log.jsonl", "status.json"]) {
    await Deno.copyFile(`${directory}/${name}`, `${ended}/${name}`);
  }
  await others.complete();
  // The session is another one, that has ended, once our line is in the log.
  const files = overridden(platform.files, (files) => ({
    open(path, mode) {
      const file = files.open(path, mode);
      return {
        ...file,
        append(bytes) {
          const written = file.append(bytes);
          Deno.renameSync(directory, `${base}/gone`);
          Deno.renameSync(ended, directory);
          return written;
        },
      };
    },
  }));
  for (const name of ["log.jsonl", "status.json"]) {
    const running = await Deno.readTextFile(`${ended}/${name}`);
    const over = await Deno.readTextFile(`${directory}/${name}`);
    await Deno.writeTextFile(`${directory}/${name}`, running);
    await Deno.writeTextFile(`${ended}/${name}`, over);
  }
  const store = new FileStore(
    { ...platform, files },
    `${base}/.parallel`,
  );
  const tracker = new SessionTracker(ref, { store, platform });
  try {
    await assertRejects(
      () => tracker.error("late"),
      RefusedError,
      "completed",
    );
    const log = await Deno.readTextFile(`${directory}/log.jsonl`);
    assert(!log.includes("late"), log);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});

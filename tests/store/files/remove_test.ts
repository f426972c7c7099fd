/**
 * Removing sessions, with a failure, a kill or another writer at any step; and
 * surveys of what can be removed.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RefusedError, StorageError } from "../../../lib/errors.ts";
import { markOf } from "../../../lib/session/cleaning.ts";
import type { SessionView } from "../../../lib/session/types.ts";
import { removeSession } from "../../../lib/store/files/remove.ts";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import { beforeCall } from "../../support/directory_over.ts";
import {
  FailingFiles,
  Killed,
  type Plan,
} from "../../support/failing_files.ts";
import { MemoryStore, ROOT } from "../../support/memory_store.ts";

const REF = { workspace: "w", sessionId: "a" };
const TOMBSTONE = ".trash-1-a-r1";

/** A removal of one completed session, on files that fail by a plan. */
async function removal(sessionId: string, plan: Plan) {
  const desk = new MemoryStore();
  await desk.completed("a");
  desk.files.rename(`${ROOT}/w/a`, `${ROOT}/w/${sessionId}`);
  const failing = new FailingFiles(desk.files, plan);
  let error: unknown = null;
  await desk.on(failing.files).remove(
    { ...REF, sessionId },
    ({ status }) => status.state === "completed",
  ).catch((thrown) => error = thrown);
  return { desk, failing, error };
}

/** Removes all that a survey finds. */
async function removeAll({ store }: MemoryStore): Promise<void> {
  for (const { workspace, sessions } of await store.survey(null)) {
    for (const { view } of sessions) {
      assert(await store.remove(view, () => true));
    }
    assert(await store.removeWorkspace(workspace));
  }
}

for (const sessionId of ["a", TOMBSTONE]) {
  Deno.test(`a removal of ${sessionId} that fails or is killed at any step can be repeated`, async () => {
    const kinds = [{ kind: "kill" }, { kind: "code", code: "EIO" }] as const;
    for (const failure of kinds) {
      let step = 1;
      for (;; step++) {
        const plan = { step, failure };
        const { desk, failing, error } = await removal(sessionId, plan);
        if (!failing.struck) break;
        const isExpected = error === null || error instanceof Killed ||
          error instanceof StorageError;
        assert(isExpected, String(error));
        const names = desk.names();
        assert(names.length < 2, `step ${step}: ${names}`);
        const [name] = names;
        if (name === sessionId) {
          const view = await desk.store.read({ ...REF, sessionId });
          assertEquals(view!.status.state, "completed");
        } else if (name !== undefined) {
          assert(failure.kind === "kill" && name.startsWith(".trash-"), name);
        }
        await removeAll(desk);
        assertEquals(desk.names(""), [".gitignore"]);
      }
      assert(step > 5);
    }
  });
}

Deno.test("a session that is restarted at any step of its removal survives", async () => {
  let wasRemoved = false;
  for (let step = 1; !wasRemoved; step++) {
    const desk = new MemoryStore();
    await desk.completed("a");
    const mark = markOf((await desk.store.read(REF))!);
    let start: Promise<unknown> | null = null;
    const files = beforeCall(desk.files, step, () => {
      start = desk.session("a").start("again", { restart: true })
        .catch(() => desk.session("a").start("again"));
    });
    const isSame = (view: SessionView) => markOf(view) === mark;
    const removed = await desk.on(files).remove(REF, isSame);
    await start;
    const view = await desk.store.read(REF);
    if (view !== null) assertEquals(view.status.task_description, "again");
    assert(removed || view !== null, `step ${step}`);
    assertEquals(desk.names().filter((name) => name !== "a"), []);
    wasRemoved = start === null;
  }
});

Deno.test("a start makes its workspace again when a cleaning removes it", async () => {
  const desk = new MemoryStore();
  const makeDirectory = desk.files.makeDirectory.bind(desk.files);
  let takes = 3;
  desk.files.makeDirectory = (path) => {
    if (path === `${ROOT}/w/a` && takes-- > 0) {
      assert(desk.files.removeEmptyDirectory(`${ROOT}/w`));
    }
    return makeDirectory(path);
  };
  await desk.session("a").start("task");
  assertEquals(desk.names(), ["a"]);
});

Deno.test("a start succeeds even if its session is removed at any step", async () => {
  for (let step = 1;; step++) {
    const desk = new MemoryStore();
    await desk.completed("a");
    const mark = markOf((await desk.store.read(REF))!);
    let struck = false;
    const files = beforeCall(desk.files, step, () => {
      struck = true;
      const mayGo = (view: SessionView) => markOf(view) === mark;
      const workspace = desk.files.openDirectory(`${ROOT}/w`);
      const place = { ref: REF, workspace, name: "a" };
      removeSession(desk.platform, { place, path: `${ROOT}/w/a` }, mayGo);
      desk.files.removeEmptyDirectory(`${ROOT}/w`);
    });
    const { platform } = desk;
    const tracker = new SessionTracker(REF, {
      store: desk.on(files),
      platform,
    });
    const { warnings } = await tracker.start("again", { restart: true });
    const { status } = (await desk.store.read(REF))!;
    assertEquals([step, status.state, status.task_description, warnings], [
      step,
      "running",
      "again",
      [],
    ]);
    assertEquals(desk.names(), ["a"]);
    if (!struck) break;
    assert(step < 200);
  }
});

Deno.test("a survey finds sessions, tombstones, orphans and empty workspaces", async () => {
  const desk = new MemoryStore();
  const { files, store } = desk;
  await desk.completed("a", "b");
  files.rename(`${ROOT}/w/b`, `${ROOT}/w/${TOMBSTONE}`);
  files.makeDirectories(`${ROOT}/w/empty`);
  files.makeDirectories(`${ROOT}/w/photos`);
  files.writeText(`${ROOT}/w/photos/cat.jpg`, "x");
  files.makeLink(`${ROOT}/w/link`, "/elsewhere");
  files.makeDirectories(`${ROOT}/bare`);
  files.makeDirectories(`${ROOT}/mixed`);
  files.writeText(`${ROOT}/mixed/notes.txt`, "mine");
  const surveys = await store.survey(null);
  assertEquals(
    surveys.map(({ workspace, sessions, hasOthers }) => [
      workspace,
      sessions.length,
      hasOthers,
    ]),
    [["bare", 0, false], ["mixed", 0, true], ["w", 5, false]],
  );
  assertEquals(
    surveys[2]!.sessions.map(({ view, isTombstone, obstacle }) =>
      [view.sessionId, view.condition, isTombstone, obstacle].join(" ")
    ),
    [
      "a readable false ",
      "empty empty false ",
      "link unreadable false it is a symbolic link",
      "photos empty false it has files, but none of a session",
      `${TOMBSTONE} readable true `,
    ],
  );
  assertEquals(await store.survey("gone"), []);
  assertEquals((await store.survey("bare")).length, 1);
});

Deno.test("a survey of all workspaces reports one that cannot be read, and goes on", async () => {
  const desk = new MemoryStore();
  await desk.completed("a");
  desk.files.makeDirectories(`${ROOT}/v`);
  const list = desk.files.list.bind(desk.files);
  desk.files.list = (path) => {
    if (path === `${ROOT}/v`) {
      throw Object.assign(new Error(), { code: "EACCES" });
    }
    return list(path);
  };
  const [v, w] = await desk.store.survey(null);
  assertEquals(v!.problem, `Cannot list "${ROOT}/v": permission denied`);
  assertEquals([w!.problem, w!.sessions.length], ["", 1]);
  await assertRejects(() => desk.store.survey("v"), StorageError);
});

Deno.test("a directory that is not a .parallel, or a link to one, is refused", async () => {
  const { files, platform } = new MemoryStore();
  files.makeDirectories("/home/me/photos/2026");
  files.makeLink("/desk/link", ROOT);
  const survey = (root: string) => new FileStore(platform, root).survey(null);
  await assertRejects(() => survey("/home/me/photos"), RefusedError);
  await assertRejects(() => survey("/desk/link"), StorageError);
  assertEquals(await survey("/home/me/nothing"), []);
  files.writeText("/home/me/photos/.gitignore", "*\n");
  assertEquals((await survey("/home/me/photos")).length, 1);
});

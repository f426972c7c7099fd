/** What the store tells `doctor` and `init` of the place where sessions are kept. */
import { assertEquals } from "@std/assert";
import { SystemError } from "../../../lib/errors.ts";
import { MemoryStore, ROOT } from "../../support/memory_store.ts";

Deno.test("the check of a missing .parallel says whether git would ignore it", async () => {
  const { files, store } = new MemoryStore();
  files.removeEmptyDirectory(ROOT);
  const { exists, git } = await store.check("fix");
  assertEquals([exists, git], [false, null]);
  files.makeDirectories("/desk/.git");
  assertEquals((await store.check("look")).git, "not ignored");
  files.writeText("/desk/.gitignore", "/.parallel/\n");
  assertEquals((await store.check("look")).git, "ignored");
  assertEquals(files.inspect(ROOT), null);
});

Deno.test("a new .parallel hides itself from git", async () => {
  const { files, store } = new MemoryStore();
  files.makeDirectories("/desk/.git");
  assertEquals((await store.check("look")).git, "not ignored");
  await store.create();
  assertEquals(files.text(`${ROOT}/.gitignore`), "*\n");
  const { exists, git } = await store.check("look");
  assertEquals([exists, git], [true, "hidden by itself"]);
});

Deno.test("a check that writes leaves no file, and says why it cannot write", async () => {
  const desk = new MemoryStore();
  const { files, store } = desk;
  const check = await store.check("write");
  assertEquals([check.writeProblem, check.clockOffsetS], ["", 0]);
  assertEquals(desk.names(""), []);
  files.createNew = (path) => {
    throw new SystemError("EROFS", "create", path);
  };
  const { writeProblem } = await store.check("write");
  assertEquals(writeProblem, "the file system is read-only");
});

Deno.test("a check that writes leaves no file on a full disk, and says that it is full", async () => {
  const desk = new MemoryStore();
  const { files, store } = desk;
  const createNew = files.createNew.bind(files);
  files.createNew = (path) => {
    createNew(path, new Uint8Array());
    throw new SystemError("ENOSPC", "write", path);
  };
  const { writeProblem, isFull } = await store.check("write");
  assertEquals([writeProblem, isFull], ["no space left on the device", true]);
  assertEquals(desk.names(""), []);
});

Deno.test("a session that may not be read does not end the check", async () => {
  const desk = new MemoryStore();
  await desk.session("a").start("task");
  const list = desk.files.list.bind(desk.files);
  desk.files.list = (path) => {
    if (path === `${ROOT}/w/a`) throw new SystemError("EACCES", "list", path);
    return list(path);
  };
  assertEquals((await desk.store.check("look")).temporaries, 0);
});

Deno.test("temporary files are found and removed once their writers cannot need them", async () => {
  const desk = new MemoryStore();
  const { files, store, platform } = desk;
  await desk.session("a").start("task");
  files.writeText(`${ROOT}/w/a/.status.json.7.x1`, "{");
  files.writeText(`${ROOT}/w/a/.COMPLETED.8.x2`, "{");
  files.writeText(`${ROOT}/w/a/.mine`, "keep");
  platform.processStates.set(7, { kind: "gone" });
  platform.processStates.set(8, { kind: "alive", started: "1" });
  const count = async (fix: boolean) =>
    (await store.check(fix ? "fix" : "look")).temporaries;
  assertEquals(await count(true), 0);
  desk.pass(61_000);
  assertEquals([await count(false), await count(true), await count(true)], [
    1,
    1,
    0,
  ]);
  desk.pass(600_000);
  assertEquals(await count(true), 1);
  assertEquals(desk.names("w/a"), [".mine", "log.jsonl", "status.json"]);
});

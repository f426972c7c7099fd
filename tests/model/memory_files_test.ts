/**
 * The files in memory behave as those of a real system: the same calls are
 * made on both, and each must answer, or fail, in the same way. The rest of
 * the model stands on this.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { errorCode } from "../../lib/errors.ts";
import type { Files } from "../../lib/platform/platform.ts";
import { ACCESSES } from "../support/linux_access.ts";
import { MemoryFiles } from "../support/memory_files.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const bytes = (text: string) => encoder.encode(text);

/** What the two kinds of files have in common besides `Files`. */
interface Ground {
  files: Files;
  root: string;
  makeLink(path: string, target: string): void;
}

/** What each call answers, or the code it fails with. */
type Script = (ground: Ground, record: (act: () => unknown) => void) => void;

function answersOn(ground: Ground, script: Script): unknown[] {
  const answers: unknown[] = [];
  script(ground, (act) => {
    try {
      const value = act();
      answers.push(value instanceof Uint8Array ? decoder.decode(value) : value);
    } catch (error) {
      if (errorCode(error) === "") throw error;
      answers.push(errorCode(error));
    }
  });
  return answers;
}

function both(name: string, script: Script): void {
  for (const [by, { files }] of ACCESSES) compare(name, by, files, script);
}

function compare(
  name: string,
  by: string,
  files: Files,
  script: Script,
): void {
  Deno.test(`files in memory and on disk by ${by} agree: ${name}`, () => {
    const root = Deno.makeTempDirSync();
    try {
      const onDisk = answersOn({
        files,
        root,
        makeLink: (path, target) => Deno.symlinkSync(target, path),
      }, script);
      const memory = new MemoryFiles();
      memory.makeDirectories("/root");
      const inMemory = answersOn({
        files: memory,
        root: "/root",
        makeLink: (path, target) => memory.makeLink(path, target),
      }, script);
      assertEquals(inMemory, onDisk);
    } finally {
      Deno.removeSync(root, { recursive: true });
    }
  });
}

both("making, reading and removing a file", ({ files, root }, record) => {
  const path = `${root}/a`;
  record(() => files.readText(path, 10));
  record(() => files.inspect(path));
  record(() => files.remove(path));
  record(() => files.createNew(path, bytes("hello"), { flush: true }));
  record(() => files.createNew(path, bytes("again")));
  record(() => files.readText(path, 10));
  record(() => files.readText(path, 4));
  record(() => files.inspect(path)?.size);
  record(() => files.inspect(`${path}/b`));
  record(() => files.remove(`${path}/b`));
  record(() => files.createNew(`${path}/b`, bytes("")));
  record(() => files.createNew(`${root}/none/b`, bytes("")));
  record(() => files.remove(path));
  record(() => files.list(root));
});

both(
  "an open file survives a rename and a removal",
  ({ files, root }, record) => {
    record(() => files.open(`${root}/log`, "append").identity);
    const log = files.open(`${root}/log`, "create");
    const other = files.open(`${root}/log`, "append");
    record(() => log.append(bytes("one\n")));
    record(() => other.append(bytes("two\n")));
    record(() => log.append(bytes("three\n")));
    record(() => log.read(0, 100));
    record(() => log.read(4, 7));
    record(() => log.read(50, 60));
    files.rename(`${root}/log`, `${root}/old`);
    record(() => log.append(bytes("four\n")));
    record(() => files.readText(`${root}/old`, 100));
    record(() => files.inspect(`${root}/old`)?.identity === log.identity);
    files.createNew(`${root}/log`, bytes("new"));
    record(() => files.inspect(`${root}/log`)?.identity === log.identity);
    record(() => files.remove(`${root}/old`));
    record(() => log.append(bytes("five\n")));
    record(() => other.size());
    record(() => files.readText(`${root}/log`, 100));
    log.close();
    other.close();
  },
);

both("renames over what is there", ({ files, root }, record) => {
  files.createNew(`${root}/a`, bytes("a"));
  files.createNew(`${root}/b`, bytes("b"));
  files.makeDirectory(`${root}/d`);
  files.makeDirectory(`${root}/e`);
  files.createNew(`${root}/e/x`, bytes("x"));
  record(() => files.rename(`${root}/a`, `${root}/b`));
  record(() => files.readText(`${root}/b`, 9));
  record(() => files.rename(`${root}/a`, `${root}/c`));
  record(() => files.rename(`${root}/b`, `${root}/d`));
  record(() => files.rename(`${root}/d`, `${root}/b`));
  record(() => files.rename(`${root}/d`, `${root}/e`));
  record(() => files.rename(`${root}/e`, `${root}/d`));
  record(() => files.readText(`${root}/d/x`, 9));
  record(() => files.inspect(`${root}/e`));
  record(() => files.rename(`${root}/b`, `${root}/none/b`));
});

both("directories", ({ files, root }, record) => {
  record(() => files.makeDirectory(`${root}/d`));
  record(() => files.makeDirectory(`${root}/d`));
  record(() => files.makeDirectory(`${root}/none/d`));
  files.createNew(`${root}/d/x`, bytes("x"));
  record(() => files.remove(`${root}/d`));
  record(() => files.readText(`${root}/d`, 9));
  record(() => files.open(`${root}/d`, "create").identity);
  record(() => files.list(`${root}/d`));
  record(() => files.list(`${root}/none`));
  record(() => files.list(`${root}/d/x`));
  record(() => files.flushDirectory(`${root}/d`));
  record(() => files.flushDirectory(`${root}/none`));
  record(() => files.removeEmptyDirectory(`${root}/d`));
  record(() => files.removeTree(`${root}/d`));
  record(() => files.removeTree(`${root}/d`));
  record(() => files.inspect(`${root}/d`));
  record(() => files.removeEmptyDirectory(`${root}/d`));
  files.makeDirectory(`${root}/d`);
  record(() => files.removeEmptyDirectory(`${root}/d`));
  record(() => files.inspect(`${root}/d`));
});

both("links are not followed in the last place", (ground, record) => {
  const { files, root, makeLink } = ground;
  files.makeDirectory(`${root}/d`);
  files.createNew(`${root}/d/x`, bytes("x"));
  makeLink(`${root}/file`, `${root}/d/x`);
  makeLink(`${root}/directory`, "d");
  makeLink(`${root}/dangling`, "nowhere");
  makeLink(`${root}/loop`, "loop");
  record(() => files.readText(`${root}/file`, 9));
  record(() => files.open(`${root}/file`, "append").identity);
  record(() => files.inspect(`${root}/file`)?.kind);
  record(() => files.inspectTarget(`${root}/file`)?.size);
  record(() => files.readText(`${root}/directory/x`, 9));
  record(() => files.inspectTarget(`${root}/dangling`));
  record(() => files.inspect(`${root}/loop/x`));
  record(() => files.createNew(`${root}/dangling`, bytes("")));
  record(() => files.makeDirectory(`${root}/dangling`));
  record(() => files.removeEmptyDirectory(`${root}/directory`));
  record(() => files.removeEmptyDirectory(`${root}/file`));
  record(() => files.inspect(`${root}/directory`)?.kind);
  record(() => files.remove(`${root}/file`));
  record(() => files.readText(`${root}/d/x`, 9));
});

Deno.test("a fork goes its own way, and its key says so", () => {
  const files = new MemoryFiles();
  files.makeDirectories("/d");
  const log = files.open("/d/log", "create");
  log.append(bytes("one"));
  const fork = files.fork();
  assertEquals(fork.key(), files.key());
  fork.reopen(log.identity, "append").append(bytes("two"));
  assertEquals(files.text("/d/log"), "one");
  assertEquals(fork.text("/d/log"), "onetwo");
  assertNotEquals(fork.key(), files.key());
});

Deno.test("a key does not depend on the order in which files were made", () => {
  const [one, other] = [new MemoryFiles(), new MemoryFiles()];
  for (const name of ["a", "b"]) one.writeText(`/${name}`, name);
  for (const name of ["b", "a"]) other.writeText(`/${name}`, name);
  assertEquals(one.key(), other.key());
});

/** What is too large, too deep or never ends costs a reader and a writer little. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { RefusedError, StorageError } from "../../../lib/errors.ts";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import { DIRECTORY, REF, ROOT } from "../../model/program.ts";
import { filesAfter } from "../../model/situations.ts";
import { FakeClock, FakePlatform } from "../../support/fake_platform.ts";
import type { MemoryFiles } from "../../support/memory_files.ts";

/** A clock that counts how often a reader waits for a writer. */
class CountingClock extends FakeClock {
  pauses = 0;

  override pause(ms: number): void {
    this.pauses++;
    super.pause(ms);
  }
}

function desk(files: MemoryFiles) {
  const clock = new CountingClock();
  const platform = new FakePlatform({ files, clock });
  const store = new FileStore(platform, ROOT);
  const tracker = new SessionTracker(REF, { store, platform });
  return { clock, store, tracker };
}

Deno.test("of many statuses that do not parse, only some are waited for", async () => {
  const files = await filesAfter("running");
  for (let n = 0; n < 100; n++) {
    files.makeDirectories(`${ROOT}/w/b${n}`);
    files.writeText(`${ROOT}/w/b${n}/status.json`, "{");
  }
  const { clock, store } = desk(files);
  const views = await store.readSome("w", (await store.list("w"))!);
  const broken = views.filter(({ condition }) => condition === "unreadable");
  assertEquals(broken.length, 100);
  assert(clock.pauses <= 25, `${clock.pauses}`);
  const feed = await store.feed("w", 1_000);
  clock.pauses = 0;
  feed.read();
  assert(clock.pauses <= 25, `${clock.pauses}`);
  feed.close();
});

for (
  const [what, metadata] of [
    ["too deep", `{"a":${"[".repeat(70)}${"]".repeat(70)}}`],
    ["of too many values", `{"a":[${Array(30_000).fill("{}").join(",")}]}`],
    ["over 1 MiB", `{"a":"${"x".repeat(2 ** 20)}"}`],
    ["hardly below 1 MiB", `{"a":"${"x".repeat(900_000)}"}`],
  ] as const
) {
  Deno.test(`a status that is ${what} takes no event, and stays as it is`, async () => {
    const files = await filesAfter("running");
    const path = `${DIRECTORY}/status.json`;
    const status = `{"state":"running","metadata":${metadata}}`;
    files.writeText(path, status);
    const log = files.text(`${DIRECTORY}/log.jsonl`);
    const { tracker } = desk(files);
    const error = await assertRejects(() => tracker.heartbeat(), RefusedError);
    assert(error.message.includes("would be over 1 MiB"), error.message);
    assertEquals(files.text(path), status);
    assertEquals(files.text(`${DIRECTORY}/log.jsonl`), log);
  });
}

Deno.test("of a log without an end only the last 32 MiB are read, and too many lines are refused", async () => {
  const files = await filesAfter("running");
  const path = `${DIRECTORY}/log.jsonl`;
  files.writeText(path, files.text(path) + "\n".repeat(300_000));
  const { store, tracker } = desk(files);
  const view = await store.read(REF);
  assertEquals([view?.condition, view?.status.state], ["readable", "running"]);
  await assertRejects(() => tracker.heartbeat(), StorageError, "too large");
});

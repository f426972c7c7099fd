import { assert, assertEquals } from "@std/assert";
import { ensureDirSync } from "@std/fs";
import type { Platform } from "../../../lib/platform/platform.ts";
import { openPlatform } from "../../../lib/platform/node.ts";
import { nodeAccess } from "../../../lib/platform/node_files.ts";
import { FileFeed } from "../../../lib/store/files/feed.ts";
import { overridden } from "../../support/directory_over.ts";
import { FakeClock, settled } from "../../support/fake_platform.ts";

const real = openPlatform(nodeAccess);

/** Watches whose events come from the test. */
class ScriptedWatch {
  /** What is called at an event, and whether the watch is recursive. */
  readonly active = new Map<
    string,
    { recursive: boolean; changed: (path: string | null) => void }
  >();
  made = 0;
  /** Whether the watches say that they work. */
  areWorking = true;

  readonly watch: Platform["watch"] = (path, recursive, changed) => {
    this.made++;
    this.active.set(path, { recursive, changed });
    return {
      isWorking: this.areWorking,
      close: () => {
        if (this.active.get(path)?.changed === changed) {
          this.active.delete(path);
        }
      },
    };
  };

  event(directory: string, path: string | null): void {
    const found = this.active.get(directory);
    if (found === undefined) throw new Error(`nobody watches ${directory}`);
    found.changed(path);
  }
}

interface Bench {
  root: string;
  clock: FakeClock;
  watches: ScriptedWatch;
  platform: Platform;
  /** Opened files, counted. */
  opened: () => number;
}

async function onBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync();
  const { files } = real;
  const clock = new FakeClock();
  const watches = new ScriptedWatch();
  let opened = 0;
  const counting = overridden(files, (files) => ({
    readText(path, maxBytes) {
      opened++;
      return files.readText(path, maxBytes);
    },
  }));
  const platform = { ...real, files: counting, clock, watch: watches.watch };
  const root = `${directory}/.parallel`;
  try {
    await use({ root, clock, watches, platform, opened: () => opened });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function writeStatus(root: string, path: string, message = ""): void {
  const [workspace, sessionId] = path.split("/");
  const directory = `${root}/${path}`;
  ensureDirSync(directory);
  const status = {
    session_id: sessionId,
    workspace,
    state: "running",
    task_description: "",
    progress_pct: 0,
    message,
    errors: [],
    started_at: "2026-02-13T10:00:00+00:00",
    last_heartbeat: "2026-02-13T10:00:00+00:00",
    completed_at: null,
    output_files: [],
    metadata: {},
  };
  Deno.writeTextFileSync(`${directory}/.new`, JSON.stringify(status));
  Deno.renameSync(`${directory}/.new`, `${directory}/status.json`);
}

/** What a feed reads, as text. */
function shown(feed: FileFeed): string {
  return [...feed.read()].map(([workspace, views]) =>
    `${workspace}: ${
      views.map((view) =>
        view.condition === "readable"
          ? `${view.sessionId}=${view.status.message}`
          : `${view.sessionId} ${view.condition}`
      ).join(" ")
    }`
  ).join("; ");
}

const pollIntervalMs = 30_000;

/** Whether a promise is settled yet. */
function follow(promise: Promise<void>): { done: boolean } {
  const state = { done: false };
  promise.then(() => state.done = true);
  return state;
}

/** Lets time pass, and requires that a promise is settled then. */
async function within(
  ms: number,
  clock: FakeClock,
  promise: Promise<void>,
): Promise<void> {
  const state = follow(promise);
  await clock.advance(ms);
  assert(state.done);
}

Deno.test("a feed reads again only the session that an event named", () =>
  onBench(async ({ root, clock, watches, platform, opened }) => {
    for (const id of ["a", "b", "c"]) writeStatus(root, `w/${id}`, "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    assertEquals(shown(feed), "w: a=one b=one c=one");
    const before = opened();
    writeStatus(root, "w/a", "two");
    writeStatus(root, "w/b", "two");
    watches.event(`${root}/w`, "b/status.json");
    await within(50, clock, feed.changed(60_000));
    assertEquals(shown(feed), "w: a=one b=two c=one");
    assertEquals(opened() - before, 1);
    feed.close();
  }));

Deno.test("a burst of events counts as one change", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const first = follow(feed.changed(60_000));
    for (let i = 0; i < 100; i++) watches.event(`${root}/w`, "a/status.json");
    await clock.advance(19);
    assert(!first.done);
    await clock.advance(31);
    assert(first.done);
    feed.read();
    const second = follow(feed.changed(60_000));
    await clock.advance(1_000);
    assert(!second.done);
    feed.close();
    await clock.advance(0);
    assert(second.done);
  }));

Deno.test("temporary files do not count as a change", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const change = follow(feed.changed(60_000));
    watches.event(`${root}/w`, "a/.status.json.123.tmp");
    watches.event(`${root}/w`, ".trash-a-1/log.jsonl");
    await clock.advance(1_000);
    assert(!change.done);
    feed.close();
  }));

Deno.test("a sweep finds a change within five seconds if no event reported it", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a", "one");
    writeStatus(root, "w/b", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    writeStatus(root, "w/a", "two");
    Deno.removeSync(`${root}/w/b`, { recursive: true });
    writeStatus(root, "w/c", "new");
    const change = follow(feed.changed(60_000));
    await clock.advance(4_900);
    assert(!change.done);
    await clock.advance(200);
    assert(change.done);
    assertEquals(shown(feed), "w: a=two c=new");
    feed.close();
  }));

Deno.test("a sweep finds a new line of the log while the status is unchanged", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const line = {
      timestamp: "2026-02-13T10:05:00.000000+00:00",
      event: "heartbeat",
      session_id: "a",
      state: "running",
      progress_pct: 0,
      details: { message: "from the log" },
      id: "x1",
      attempt: 1,
    };
    Deno.writeTextFileSync(
      `${root}/w/a/log.jsonl`,
      `${JSON.stringify(line)}\n`,
    );
    const change = follow(feed.changed(60_000));
    await clock.advance(5_100);
    assert(change.done);
    feed.close();
  }));

Deno.test("an idle feed opens no file", () =>
  onBench(async ({ root, clock, platform, opened }) => {
    for (let i = 0; i < 20; i++) writeStatus(root, `w/s${i}`);
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const before = opened();
    const change = follow(feed.changed(600_000));
    await clock.advance(599_000);
    assert(!change.done);
    assertEquals(opened(), before);
    await clock.advance(2_000);
    assert(change.done);
    feed.close();
  }));

Deno.test("an expensive sweep is repeated later, but at least at the poll interval", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a");
    let sweeps = 0;
    const slow: Platform = {
      ...platform,
      files: overridden(platform.files, (files) => ({
        list(path) {
          sweeps++;
          clock.pause(100);
          return files.list(path);
        },
      })),
    };
    const feed = new FileFeed(slow, { root, workspace: "w", pollIntervalMs });
    feed.read();
    sweeps = 0;
    const change = follow(feed.changed(300_000));
    await clock.advance(125_000);
    // 5 s, then every 400 times 100 ms.
    assertEquals(sweeps, 4);
    assert(!change.done);
    feed.close();
  }));

/** Counts the sweeps of an idle feed: each lists the workspace once. */
function sweepCounter(platform: Platform) {
  let count = 0;
  const files = overridden(platform.files, (files) => ({
    list(path) {
      count++;
      return files.list(path);
    },
  }));
  return {
    platform: { ...platform, files },
    /** Lets an idle feed wait; the sweeps meanwhile. */
    async during(ms: number, clock: FakeClock, feed: FileFeed) {
      const before = count;
      await within(ms, clock, feed.changed(ms));
      return count - before;
    },
  };
}

Deno.test("while events work, sweeps are 20 s apart", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    const sweeps = sweepCounter(platform);
    const feed = new FileFeed(sweeps.platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    assertEquals(await sweeps.during(5_000, clock, feed), 1);
    assertEquals(await sweeps.during(19_000, clock, feed), 0);
    assertEquals(await sweeps.during(61_000, clock, feed), 4);
    // Nobody reports this one, and so the events are no longer trusted.
    writeStatus(root, "w/a", "two");
    await within(20_000, clock, feed.changed(60_000));
    assertEquals(shown(feed), "w: a=two");
    assertEquals(await sweeps.during(60_000, clock, feed), 12);
    writeStatus(root, "w/a", "three");
    watches.event(`${root}/w`, "a/status.json");
    await within(50, clock, feed.changed(60_000));
    assertEquals(shown(feed), "w: a=three");
    assertEquals(await sweeps.during(60_000, clock, feed), 3);
    feed.close();
  }));

/** Where events may be lost, or do not tell everything. */
const UNTRUSTED: Record<
  string,
  { network?: string; areWorking?: boolean; status?: string }
> = {
  "on a network file system": { network: "NFS" },
  "without a watch that works": { areWorking: false },
  "with a session that is unreadable": { status: "{}" },
};

for (const [where, place] of Object.entries(UNTRUSTED)) {
  const { network = null, areWorking = true, status } = place;
  Deno.test(`${where}, sweeps are 5 s apart`, () =>
    onBench(async ({ root, clock, watches, platform }) => {
      writeStatus(root, "w/a", "one");
      if (status !== undefined) {
        Deno.writeTextFileSync(`${root}/w/a/status.json`, status);
      }
      watches.areWorking = areWorking;
      const sweeps = sweepCounter(platform);
      const files = {
        ...sweeps.platform.files,
        networkFileSystem: () => network,
      };
      const feed = new FileFeed({ ...sweeps.platform, files }, {
        root,
        workspace: "w",
        pollIntervalMs,
      });
      feed.read();
      assertEquals(await sweeps.during(60_000, clock, feed), 12);
      feed.close();
    }));
}

Deno.test("sweeps are no farther apart than the poll interval", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a", "one");
    const sweeps = sweepCounter(platform);
    const place = { root, workspace: "w", pollIntervalMs: 2_000 };
    const feed = new FileFeed(sweeps.platform, place);
    feed.read();
    assertEquals(await sweeps.during(60_000, clock, feed), 30);
    feed.close();
  }));

Deno.test("a list of sessions is made anew only after a change", () =>
  onBench(async ({ root, watches, platform }) => {
    writeStatus(root, "v/a", "one");
    writeStatus(root, "w/b", "one");
    const place = { root, workspace: null, pollIntervalMs };
    const feed = new FileFeed(platform, place);
    const first = feed.read();
    writeStatus(root, "w/b", "two");
    watches.event(root, "w/b/status.json");
    const second = feed.read();
    assert(second.get("v") === first.get("v"));
    assert(second.get("w") !== first.get("w"));
    feed.close();
    await settled();
  }));

Deno.test("a clock that is set back does not delay a sweep", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    clock.pause(-3_600_000);
    writeStatus(root, "w/a", "two");
    const change = follow(feed.changed(60_000));
    await clock.advance(5_100);
    assert(change.done);
    assertEquals(shown(feed), "w: a=two");
    feed.close();
  }));

Deno.test("aborting ends the wait for a change at once", () =>
  onBench(async ({ root, platform }) => {
    const feed = new FileFeed(platform, {
      root,
      workspace: null,
      pollIntervalMs,
    });
    const abort = new AbortController();
    const change = feed.changed(60_000, abort.signal);
    abort.abort();
    await change;
    feed.close();
  }));

Deno.test("a workspace that vanishes and comes back is still watched", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    assertEquals(shown(feed), "w: a=one");
    Deno.removeSync(`${root}/w`, { recursive: true });
    watches.event(`${root}/w`, null);
    assertEquals(shown(feed), "");
    writeStatus(root, "w/b", "two");
    watches.event(root, "w");
    assertEquals(shown(feed), "w: b=two");
    writeStatus(root, "w/b", "three");
    watches.event(`${root}/w`, "b/status.json");
    await within(50, clock, feed.changed(60_000));
    assertEquals(shown(feed), "w: b=three");
    feed.close();
    assertEquals(watches.active.size, 0);
  }));

Deno.test("a workspace that is removed and made again at once is watched again", () =>
  onBench(({ root, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    assertEquals(shown(feed), "w: a=one");
    Deno.removeSync(`${root}/w`, { recursive: true });
    writeStatus(root, "w/a", "two");
    watches.event(`${root}/w`, null);
    assertEquals(shown(feed), "w: a=two");
    // Also if the system gives the new directory the identity of the old one.
    assertEquals(watches.made, 2);
    feed.close();
    return Promise.resolve();
  }));

Deno.test("before the workspace exists, the nearest directory above it is watched", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    const above = root.slice(0, root.lastIndexOf("/"));
    const place = { root, workspace: "w", pollIntervalMs };
    const feed = new FileFeed(platform, place);
    assertEquals(shown(feed), "");
    assertEquals([...watches.active.keys()], [above]);
    assertEquals(watches.active.get(above)?.recursive, false);
    const change = follow(feed.changed(60_000));
    watches.event(above, "something-else");
    await clock.advance(1_000);
    assert(!change.done);
    writeStatus(root, "w/a", "one");
    watches.event(above, ".parallel");
    await clock.advance(50);
    assert(change.done);
    assertEquals(shown(feed), "w: a=one");
    assertEquals([...watches.active.keys()], [`${root}/w`]);
    assertEquals(watches.active.get(`${root}/w`)?.recursive, true);
    feed.close();
  }));

Deno.test("all workspaces share one watch", () =>
  onBench(async ({ root, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: null,
      pollIntervalMs,
    });
    assertEquals(shown(feed), "w: a=one");
    writeStatus(root, "v/b", "new");
    watches.event(root, "v/b/status.json");
    assertEquals(shown(feed), "v: b=new; w: a=one");
    writeStatus(root, "w/a", "two");
    watches.event(root, "w/a/status.json");
    assertEquals(shown(feed), "v: b=new; w: a=two");
    Deno.removeSync(`${root}/v`, { recursive: true });
    watches.event(root, "v");
    assertEquals(shown(feed), "w: a=two");
    feed.close();
    await settled();
  }));

Deno.test("a watch that misses a change is set up again", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const idle = follow(feed.changed(60_000));
    await clock.advance(20_000);
    assert(!idle.done);
    assertEquals(watches.made, 1);
    writeStatus(root, "w/a", "two");
    await clock.advance(5_000);
    assert(idle.done);
    assertEquals(shown(feed), "w: a=two");
    assertEquals([watches.made, watches.active.size], [2, 1]);
    feed.close();
  }));

Deno.test("a watch that tells of other changes stays as it is", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    writeStatus(root, "w/b", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    await within(6_000, clock, feed.changed(6_000));
    writeStatus(root, "w/a", "two");
    watches.event(`${root}/w`, "a/status.json");
    await within(50, clock, feed.changed(60_000));
    assertEquals(shown(feed), "w: a=two b=one");
    writeStatus(root, "w/b", "two");
    await within(20_000, clock, feed.changed(60_000));
    assertEquals(shown(feed), "w: a=two b=two");
    assertEquals(watches.made, 1);
    feed.close();
  }));

Deno.test("a session that vanishes while it is read is not an error", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    writeStatus(root, "w/b", "one");
    const vanishing: Platform = {
      ...platform,
      files: overridden(platform.files, (files) => ({
        readText(path, maxBytes) {
          if (path.startsWith("b/")) {
            Deno.removeSync(`${root}/w/b`, { recursive: true });
          }
          return files.readText(path, maxBytes);
        },
      })),
    };
    const feed = new FileFeed(vanishing, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const change = follow(feed.changed(60_000));
    watches.event(`${root}/w`, "b");
    await clock.advance(50);
    assert(change.done);
    assertEquals(shown(feed), "w: a=one");
    feed.close();
  }));

Deno.test("plain files in a workspace are not sessions", () =>
  onBench(async ({ root, watches, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    Deno.writeTextFileSync(`${root}/w/notes.txt`, "x");
    watches.event(`${root}/w`, "notes.txt");
    assertEquals(shown(feed), "w: a=one");
    feed.close();
    await settled();
  }));

Deno.test("the system's own events wake a feed, without a sweep", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a", "one");
    const watching: Platform = { ...platform, watch: real.watch };
    const feed = new FileFeed(watching, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    const change = follow(feed.changed(60_000));
    writeStatus(root, "w/a", "two");
    // No time passes for the feed until its event has come.
    for (let tries = 0; clock.sleeps < 2 && tries < 5_000; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await clock.advance(50);
    assert(change.done);
    assertEquals(shown(feed), "w: a=two");
    feed.close();
    await settled();
  }));

Deno.test("a sweep finds a new marker of a foreign session", () =>
  onBench(async ({ root, clock, platform }) => {
    writeStatus(root, "w/a", "one");
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    feed.read();
    Deno.writeTextFileSync(`${root}/w/a/COMPLETED`, "{}");
    const change = follow(feed.changed(60_000));
    await clock.advance(5_100);
    assert(change.done);
    const [view] = feed.read().get("w") ?? [];
    assertEquals(view?.status.state, "completed");
    feed.close();
  }));

Deno.test("thousands of sessions are read first, and watched when somebody waits for changes", () =>
  onBench(async ({ root, clock, watches, platform }) => {
    for (let n = 0; n <= 5_000; n++) ensureDirSync(`${root}/w/s${n}`);
    const feed = new FileFeed(platform, {
      root,
      workspace: "w",
      pollIntervalMs,
    });
    assertEquals(feed.read().get("w")?.length, 5_001);
    assertEquals([...watches.active.keys()], []);
    // What has changed until the watch begins is not missed.
    writeStatus(root, "w/s7", "early");
    await within(0, clock, feed.changed(1_000));
    assertEquals([...watches.active.keys()], [`${root}/w`]);
    assert(shown(feed).includes("s7=early"));
    feed.close();
  }));

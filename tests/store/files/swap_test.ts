/**
 * Another user swaps a directory of a shared `.parallel` for a link, at any
 * moment of a call: nothing is ever written, removed or read outside.
 */
import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs";
import { PtrackError } from "../../../lib/errors.ts";
import { openPlatform } from "../../../lib/platform/node.ts";
import type { FileAccess } from "../../../lib/platform/platform.ts";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import { beforeCall } from "../../support/directory_over.ts";
import { ACCESSES } from "../../support/linux_access.ts";

const REF = { workspace: "w", sessionId: "s" };

/** What a call does to the session that stands there. */
type Act = (tracker: SessionTracker, store: FileStore) => Promise<unknown>;

const CALLS: Record<string, Act> = {
  start: (tracker) => tracker.start("again", { restart: true, force: true }),
  heartbeat: (tracker) => tracker.heartbeat({ message: "secret" }),
  complete: (tracker) => tracker.complete({ message: "secret" }),
  remove: (_, store) => store.remove(REF, () => true),
  read: async (_, store) => {
    const view = await store.read(REF);
    assert(view?.status.message !== "precious");
    const page = await store.readLog(REF);
    assert(!JSON.stringify(page).includes("precious"));
  },
};

/** The directories that can be swapped, by their paths below `.parallel`. */
const SWAPPED = ["w", "w/s"];

async function standingSession(access: FileAccess, base: string) {
  const platform = openPlatform(access);
  const store = new FileStore(platform, `${base}/.parallel`);
  await new SessionTracker(REF, { store, platform }).start("task");
  for (const path of SWAPPED) {
    const inside = path === "w" ? "/s" : "";
    const directory = `${base}/victim/${path}${inside}`;
    Deno.mkdirSync(directory, { recursive: true });
    for (const name of ["status.json", "log.jsonl", "FAILED", "COMPLETED"]) {
      const status = Deno.readTextFileSync(`${base}/.parallel/w/s/status.json`);
      const text = status.replace('"message": ""', '"message": "precious"');
      Deno.writeTextFileSync(`${directory}/${name}`, text.replaceAll("\n", ""));
    }
  }
  return platform;
}

/** All files below a directory, with their contents. */
function contents(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) Object.assign(found, contents(path));
    else found[path] = Deno.readTextFileSync(path);
  }
  return found;
}

for (const [by, access] of ACCESSES) {
  for (const [name, call] of Object.entries(CALLS)) {
    // There, what is read is not checked.
    if (by === "node:fs" && name === "read") continue;
    for (const path of SWAPPED) {
      Deno.test(`by ${by}, ${name} does nothing outside, whenever ${path} is swapped for a link`, async () => {
        for (let step = 1;; step++) {
          const base = Deno.makeTempDirSync();
          try {
            const platform = await standingSession(access, base);
            const before = contents(`${base}/victim`);
            let hasActed = false;
            const files = beforeCall(access.files, step, () => {
              hasActed = true;
              const place = `${base}/.parallel/${path}`;
              // A removal has its own name for it for a moment.
              if (!existsSync(place)) return;
              Deno.renameSync(place, `${base}/moved`);
              Deno.symlinkSync(`${base}/victim/${path}`, place);
            });
            const store = new FileStore(
              { ...platform, files },
              `${base}/.parallel`,
            );
            const tracker = new SessionTracker(REF, { store, platform });
            // Whether it can still be done depends on the moment.
            await call(tracker, store).catch((error) =>
              assert(error instanceof PtrackError, error.stack)
            );
            assertEquals(contents(`${base}/victim`), before);
            if (!hasActed) break;
          } finally {
            Deno.removeSync(base, { recursive: true });
          }
        }
      });
    }
  }
}

/** File events through Deno. */
import type { Watch, WatchEvents } from "./platform.ts";

/** Watches a directory; a failure to begin is reported, not thrown. */
export function denoWatch(
  path: string,
  recursive: boolean,
  events: WatchEvents,
): Watch {
  let watcher: Deno.FsWatcher;
  let root: string;
  try {
    root = Deno.realPathSync(path);
    watcher = Deno.watchFs(path, { recursive });
  } catch (error) {
    queueMicrotask(() => events.failed(error));
    return { close() {} };
  }
  let closed = false;
  forward(watcher, root, events).then(
    () => !closed && events.failed(new Error("the watch has ended")),
    (error) => !closed && events.failed(error),
  );
  return {
    close() {
      if (closed) return;
      closed = true;
      watcher.close();
    },
  };
}

async function forward(
  watcher: Deno.FsWatcher,
  root: string,
  events: WatchEvents,
): Promise<void> {
  for await (const event of watcher) {
    // Reading is no change, and would answer every look with another event.
    if (event.kind === "access") continue;
    for (const path of event.paths) {
      const below = path.startsWith(root) ? path.slice(root.length + 1) : null;
      events.changed(below === null || below === "" ? null : below);
    }
  }
}

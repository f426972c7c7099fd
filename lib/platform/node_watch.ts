/** File events through `node:fs`. */
import type { Watch, WatchEvents } from "./platform.ts";

type FileSystem = typeof import("node:fs");

/** Watches a directory; a failure to begin is reported, not thrown. */
export function nodeWatch(
  fs: FileSystem,
  path: string,
  { recursive, events }: { recursive: boolean; events: WatchEvents },
): Watch {
  try {
    const watcher = fs.watch(path, { recursive }, (_event, name) => {
      events.changed(name === null || name === undefined ? null : String(name));
    });
    watcher.on("error", (error) => events.failed(error));
    return watcher;
  } catch (error) {
    queueMicrotask(() => events.failed(error));
    return { close() {} };
  }
}

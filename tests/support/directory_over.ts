/** Files and directories made of others: by whole paths, or changed. */
import { SystemError } from "../../lib/errors.ts";
import type { Directory, Files } from "../../lib/platform/platform.ts";

/** What lies below a path, which is asked for anew each time. */
export function directoryOver(files: Files, path: () => string): Directory {
  const at = (name: string) => name === "." ? path() : `${path()}/${name}`;
  return {
    facts() {
      const facts = files.inspect(path());
      if (facts !== null) return facts;
      throw new SystemError("ENOENT", "inspect", path());
    },
    close() {},
    openDirectory: (name, links) => files.openDirectory(at(name), links),
    readText: (name, maxBytes) => files.readText(at(name), maxBytes),
    open: (name, mode, permissions) => files.open(at(name), mode, permissions),
    createNew: (name, bytes, options) =>
      files.createNew(at(name), bytes, options),
    inspect: (name) => files.inspect(at(name)),
    inspectTarget: (name) => files.inspectTarget(at(name)),
    list: (name) => files.list(at(name)),
    rename: (from, to) => files.rename(at(from), at(to)),
    remove: (name) => files.remove(at(name)),
    removeTree: (name) => files.removeTree(at(name)),
    removeEmptyDirectory: (name) => files.removeEmptyDirectory(at(name)),
    makeDirectory: (name, permissions) =>
      files.makeDirectory(at(name), permissions),
    flushDirectory: (name) => files.flushDirectory(at(name)),
    networkFileSystem: (name) => files.networkFileSystem(at(name)),
    readLink: (name) => files.readLink(at(name)),
    mode: (name) => files.mode(at(name)),
    setMode: (name, permissions) => files.setMode(at(name), permissions),
  };
}

/** Files with some calls replaced, also below the directories opened there. */
export function overridden(
  files: Files,
  change: (files: Files) => Partial<Files>,
): Files {
  return {
    ...files,
    ...change(files),
    openDirectory(path, links) {
      const directory = files.openDirectory(path, links);
      const { facts, close } = directory;
      return { ...overridden(directory, change), facts, close };
    },
  };
}

/**
 * Files on which something happens before call `n`, also of what is opened
 * below them.
 */
export function beforeCall(files: Files, n: number, act: () => void): Files {
  let calls = 0;
  const watched = <T extends object>(inner: T): T =>
    new Proxy(inner, {
      get(target, name) {
        const value = target[name as keyof T];
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (++calls === n) act();
          const result = value.apply(target, args);
          const isOpened = name === "openDirectory" || name === "open";
          return isOpened ? watched(result) : result;
        };
      },
    });
  return watched(files);
}

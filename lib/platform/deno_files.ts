/**
 * Files through Deno. It has no way to open without following a link or
 * blocking, so each path is looked at first: good against what lies there, if
 * not against somebody who swaps it in that instant.
 */
import type {
  Attributes,
  FileInfo,
  FileKind,
  Files,
  OpenFile,
  OpenMode,
} from "./platform.ts";
import { retryRename } from "./rename.ts";
import { SystemError } from "./system_error.ts";

/** Files of the machine. */
export function denoFiles(windows: boolean): Files {
  return {
    readText,
    open: openFile,
    createNew,
    inspect: (path) => inspectBy(Deno.lstatSync, path),
    inspectTarget: (path) => inspectBy(Deno.statSync, path),
    list: (path) =>
      [...Deno.readDirSync(path)].map((entry) => ({
        name: entry.name,
        kind: kindOf(entry),
      })),
    rename: (from, to) =>
      windows
        ? retryRename(() => Deno.renameSync(from, to))
        : Deno.renameSync(from, to),
    remove,
    removeTree: (path) => Deno.removeSync(path, { recursive: true }),
    removeEmptyDirectory,
    makeDirectory,
    // Deno does not tell.
    networkFileSystem: () => null,
    flushDirectory: (path) => {
      if (windows) return;
      const directory = Deno.openSync(path);
      try {
        directory.syncSync();
      } finally {
        directory.close();
      }
    },
  };
}

/** Links and permissions of the machine's files. */
export function denoAttributes(windows: boolean): Attributes {
  return {
    readLink: (path) =>
      inspectBy(Deno.lstatSync, path)?.kind === "symlink"
        ? Deno.readLinkSync(path)
        : null,
    mode: (path) => {
      if (inspectBy(Deno.statSync, path) === null) return null;
      const { mode } = Deno.statSync(path);
      return mode === null ? 0o644 : mode & 0o777;
    },
    setMode: (path, mode) => {
      if (!windows) Deno.chmodSync(path, mode);
    },
  };
}

/** Throws unless the path is a regular file, or free where that is fine. */
function requireRegular(path: string, mayBeMissing: boolean): void {
  const info = inspectBy(Deno.lstatSync, path);
  if (info === null) {
    if (mayBeMissing) return;
    throw new SystemError("ENOENT", "open", path);
  }
  if (info.kind === "file") return;
  const code = { directory: "EISDIR", symlink: "ELOOP", other: "ENOTREG" };
  throw new SystemError(code[info.kind], "open", path);
}

function readText(path: string, maxBytes: number): string {
  requireRegular(path, false);
  const file = Deno.openSync(path);
  try {
    const { size } = file.statSync();
    if (size > maxBytes) throw new SystemError("EFBIG", "read", path);
    return new TextDecoder().decode(fill(file, new Uint8Array(size)));
  } finally {
    file.close();
  }
}

function fill(file: Deno.FsFile, bytes: Uint8Array): Uint8Array {
  let filled = 0;
  while (filled < bytes.length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function openFile(path: string, mode: OpenMode): OpenFile {
  requireRegular(path, mode === "create");
  const file = Deno.openSync(path, {
    read: true,
    append: mode !== "read",
    create: mode === "create",
  });
  return {
    identity: identityOf(file.statSync()),
    size: () => file.statSync().size,
    read(start, end) {
      file.seekSync(start, Deno.SeekMode.Start);
      return fill(file, new Uint8Array(Math.max(0, end - start)));
    },
    append: (bytes) => file.writeSync(bytes),
    flush: () => file.syncSync(),
    close: () => file.close(),
  };
}

function createNew(path: string, bytes: Uint8Array, flush: boolean): void {
  const file = Deno.openSync(path, { write: true, createNew: true });
  try {
    let written = 0;
    while (written < bytes.length) {
      written += file.writeSync(bytes.subarray(written));
    }
    if (flush) file.syncSync();
  } finally {
    file.close();
  }
}

function remove(path: string): boolean {
  // Deno would also remove an empty directory.
  if (inspectBy(Deno.lstatSync, path)?.kind === "directory") {
    throw new SystemError("EISDIR", "remove", path);
  }
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function removeEmptyDirectory(path: string): boolean {
  const kind = inspectBy(Deno.lstatSync, path)?.kind;
  if (kind === undefined) return false;
  // Deno would also remove a file or a link.
  if (kind !== "directory") throw new SystemError("ENOTDIR", "remove", path);
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (["ENOENT", "ENOTEMPTY", "EEXIST"].includes(code ?? "")) return false;
    throw error;
  }
}

function makeDirectory(path: string): boolean {
  try {
    Deno.mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function inspectBy(
  stat: (path: string) => Deno.FileInfo,
  path: string,
): FileInfo | null {
  let info: Deno.FileInfo;
  try {
    info = stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
  return {
    kind: kindOf(info),
    size: info.size,
    modifiedUs: (info.mtime?.getTime() ?? 0) * 1000,
    identity: identityOf(info),
    uid: info.uid,
  };
}

function kindOf(
  subject: { isFile: boolean; isDirectory: boolean; isSymlink: boolean },
): FileKind {
  if (subject.isSymlink) return "symlink";
  if (subject.isDirectory) return "directory";
  return subject.isFile ? "file" : "other";
}

function identityOf(info: Deno.FileInfo): string {
  return `${info.dev}:${info.ino}`;
}

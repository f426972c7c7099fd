/**
 * Files in memory, with what matters of a real file system: inodes apart from
 * names, handles that survive a rename or an unlink, appends that always go to
 * the end, links, FIFOs, and the same error codes. A fork is cheap (inodes are
 * never changed, only replaced), and `key()` names a state, so that a model can
 * walk through many of them. Times come from the clock it is given.
 */
import { SystemError } from "../../lib/errors.ts";
import type {
  Directory,
  DirectoryEntry,
  FileInfo,
  FileKind,
  Files,
  OpenFile,
  OpenMode,
} from "../../lib/platform/platform.ts";
import { directoryOver } from "./directory_over.ts";

interface Inode {
  readonly kind: FileKind;
  readonly modifiedUs: number;
  readonly uid: number;
  /** A file's contents. */
  readonly bytes: Uint8Array;
  /** A directory's names, each with its inode's identity. */
  readonly entries: ReadonlyMap<string, string>;
  /** Where a link leads. */
  readonly target: string;
}

/** A name's place: the directory it is in, and what it stands for, if any. */
interface Place {
  parent: string;
  name: string;
  identity: string | null;
}

const NOTHING = new Uint8Array();
const NO_ENTRIES: ReadonlyMap<string, string> = new Map();
const MOST_LINKS = 20;
const UID = 1000;
const NOT_A_FILE = { directory: "EISDIR", symlink: "ELOOP", other: "ENOTREG" };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A file system of its own. */
export class MemoryFiles implements Files {
  /** Hears the path of everything that changes. */
  onChange: ((path: string) => void) | null = null;
  #nowUs: () => number;
  #inodes: Map<string, Inode>;
  /** How often each path has been made: gives identities that do not depend on the order. */
  #births: Map<string, number>;
  #handles: Map<string, number>;

  constructor(nowUs: () => number = () => 0) {
    this.#nowUs = nowUs;
    this.#inodes = new Map([["/", this.#inode("directory", {})]]);
    this.#births = new Map();
    this.#handles = new Map();
  }

  /** A copy that goes its own way. */
  fork(): MemoryFiles {
    const copy = new MemoryFiles(this.#nowUs);
    copy.#inodes = new Map(this.#inodes);
    copy.#births = new Map(this.#births);
    copy.#handles = new Map(this.#handles);
    return copy;
  }

  /**
   * A text that is the same for states that no program can tell apart, times
   * and the names in `except` aside: each name with what it stands for.
   */
  key(except: (path: string) => boolean = () => false): string {
    const parts: string[] = [];
    const named = new Set<string>();
    const visit = (path: string, identity: string) => {
      named.add(identity);
      const inode = this.#inodes.get(identity)!;
      if (path !== "/" && except(path)) return;
      // A file's identity counts only under the name that it was made with.
      const born = identity.startsWith(`${path}#`) ? identity : path;
      parts.push(
        `${born} ${inode.kind} ${inode.target}${decoder.decode(inode.bytes)}`,
      );
      for (const name of [...inode.entries.keys()].sort()) {
        visit(join(path, name), inode.entries.get(name)!);
      }
    };
    visit("/", "/");
    for (const identity of [...this.#handles.keys()].sort()) {
      if (named.has(identity)) continue;
      parts.push(
        `(${identity}) ${decoder.decode(this.#inodes.get(identity)!.bytes)}`,
      );
    }
    return parts.join("\n");
  }

  // What the store calls.

  openDirectory(path: string, links?: "followed"): Directory {
    const opened = this.#place(path, "open", {
      links: links === "followed" ? "follow" : "stay",
    }).identity;
    if (opened === null) throw new SystemError("ENOENT", "open", path);
    const { kind } = this.#inodes.get(opened)!;
    if (kind !== "directory") throw new SystemError("ENOTDIR", "open", path);
    return directoryOver(this, () => {
      const isThere = this.#placeOrNull(path, "follow")?.identity === opened;
      // Nothing is found below a directory that was removed.
      return isThere ? path : this.#pathOf(opened) ?? `/removed/${opened}`;
    });
  }

  readText(path: string, maxBytes: number): string {
    const { bytes } = this.#file(path, "read");
    if (bytes.length > maxBytes) throw new SystemError("EFBIG", "read", path);
    return decoder.decode(bytes);
  }

  open(path: string, mode: OpenMode): OpenFile {
    const place = this.#place(path, "open");
    if (place.identity === null) {
      if (mode !== "create") throw new SystemError("ENOENT", "open", path);
      this.#add(place, path, this.#inode("file", {}));
    } else this.#file(path, "open");
    const identity = this.#place(path, "open").identity!;
    this.#handles.set(identity, (this.#handles.get(identity) ?? 0) + 1);
    return this.reopen(identity, mode === "read" ? "read" : "append", path);
  }

  /** The handle of a file that was opened earlier, perhaps in the state that this one was forked from. */
  reopen(
    identity: string,
    mode: "read" | "append",
    path: string = identity,
  ): OpenFile {
    let isOpen = true;
    const bytes = (action: string) => {
      if (!isOpen) throw new SystemError("EBADF", action, path);
      return this.#inodes.get(identity)!.bytes;
    };
    return {
      identity,
      size: () => bytes("stat").length,
      read: (start, end) => bytes("read").slice(start, Math.max(start, end)),
      append: (more) => {
        if (mode === "read") throw new SystemError("EBADF", "write", path);
        this.#setBytes(identity, join2(bytes("write"), more));
        this.onChange?.(path);
        return more.length;
      },
      flush: () => void bytes("flush"),
      close: () => {
        bytes("close");
        isOpen = false;
        this.#release(identity);
      },
    };
  }

  createNew(path: string, bytes: Uint8Array): void {
    const place = this.#place(path, "create");
    if (place.identity !== null) {
      throw new SystemError("EEXIST", "create", path);
    }
    this.#add(place, path, this.#inode("file", { bytes: bytes.slice() }));
  }

  inspect(path: string): FileInfo | null {
    return this.#info(path, "stay");
  }

  inspectTarget(path: string): FileInfo | null {
    return this.#info(path, "follow");
  }

  list(path: string): DirectoryEntry[] {
    const { entries } = this.#directory(path, "list");
    return [...entries].map(([name, identity]) => ({
      name,
      kind: this.#inodes.get(identity)!.kind,
    }));
  }

  readLink(path: string): string | null {
    const { identity } = this.#place(path, "readlink");
    const inode = identity === null ? undefined : this.#inodes.get(identity);
    return inode?.kind === "symlink" ? inode.target : null;
  }

  mode(path: string): number | null {
    return this.inspectTarget(path) === null ? null : 0o700;
  }

  setMode(): void {
    // Nobody else is here.
  }

  rename(from: string, to: string): void {
    const source = this.#place(from, "rename");
    if (source.identity === null) {
      throw new SystemError("ENOENT", "rename", from);
    }
    const target = this.#place(to, "rename");
    if (target.identity === source.identity) return;
    if (target.identity !== null) {
      this.#checkReplace(source.identity, target.identity, to);
    }
    this.#unlink(source);
    this.#unlink(target);
    this.#link(target, source.identity);
    this.onChange?.(from);
    this.onChange?.(to);
  }

  remove(path: string): boolean {
    const place = this.#placeOrNull(path);
    if (place?.identity == null) return false;
    if (this.#inodes.get(place.identity)!.kind === "directory") {
      throw new SystemError("EISDIR", "remove", path);
    }
    this.#unlink(place);
    this.onChange?.(path);
    return true;
  }

  removeTree(path: string): void {
    const place = this.#placeOrNull(path);
    if (place?.identity == null) return;
    for (const name of this.#inodes.get(place.identity)!.entries.keys()) {
      this.removeTree(join(path, name));
    }
    this.#unlink(place);
    this.onChange?.(path);
  }

  removeEmptyDirectory(path: string): boolean {
    const place = this.#placeOrNull(path);
    if (place?.identity == null) return false;
    const { kind, entries } = this.#inodes.get(place.identity)!;
    if (kind !== "directory") throw new SystemError("ENOTDIR", "remove", path);
    if (entries.size > 0) return false;
    this.#unlink(place);
    this.onChange?.(path);
    return true;
  }

  makeDirectory(path: string): boolean {
    const place = this.#place(path, "mkdir");
    if (place.identity !== null) return false;
    this.#add(place, path, this.#inode("directory", {}));
    return true;
  }

  networkFileSystem(): null {
    return null;
  }

  flushDirectory(path: string): void {
    this.#directory(path, "flush");
  }

  // What tests set up and look at.

  /** Makes a directory and all above it. */
  makeDirectories(path: string): void {
    const parts = path.split("/").filter(Boolean);
    parts.forEach((_, at) =>
      this.makeDirectory(`/${parts.slice(0, at + 1).join("/")}`)
    );
  }

  /** Writes a file in place, as other programs do; makes it if missing. */
  writeText(path: string, text: string): void {
    const place = this.#place(path, "write");
    if (place.identity === null) {
      return this.createNew(path, encoder.encode(text));
    }
    this.#file(path, "write");
    this.#setBytes(place.identity, encoder.encode(text));
    this.onChange?.(path);
  }

  /** The text of a file, null if there is none. */
  text(path: string): string | null {
    return this.inspect(path)?.kind === "file"
      ? this.readText(path, Infinity)
      : null;
  }

  /** Makes a symbolic link. */
  makeLink(path: string, target: string): void {
    this.#add(
      this.#place(path, "link"),
      path,
      this.#inode("symlink", { target }),
    );
  }

  /** Makes something that is neither file nor directory, such as a FIFO. */
  makeOther(path: string): void {
    this.#add(this.#place(path, "mknod"), path, this.#inode("other", {}));
  }

  /** Gives a path to another user, or another time of its last change. */
  setFacts(path: string, facts: { uid?: number; modifiedUs?: number }): void {
    const { identity } = this.#place(path, "chown");
    this.#inodes.set(identity!, { ...this.#inodes.get(identity!)!, ...facts });
    this.onChange?.(path);
  }

  /** Where a directory is now; null if it was removed. */
  #pathOf(wanted: string, path = "/", identity = "/"): string | null {
    if (identity === wanted) return path;
    for (const [name, below] of this.#inodes.get(identity)!.entries) {
      const found = this.#pathOf(wanted, join(path, name), below);
      if (found !== null) return found;
    }
    return null;
  }

  #inode(kind: FileKind, facts: Partial<Inode>): Inode {
    return {
      kind,
      modifiedUs: this.#nowUs(),
      uid: UID,
      bytes: NOTHING,
      entries: NO_ENTRIES,
      target: "",
      ...facts,
    };
  }

  #file(path: string, action: string): Inode {
    const { identity } = this.#place(path, action);
    if (identity === null) throw new SystemError("ENOENT", action, path);
    const inode = this.#inodes.get(identity)!;
    if (inode.kind === "file") return inode;
    throw new SystemError(NOT_A_FILE[inode.kind], action, path);
  }

  #directory(path: string, action: string): Inode {
    const { identity } = this.#place(path, action);
    if (identity === null) throw new SystemError("ENOENT", action, path);
    const inode = this.#inodes.get(identity)!;
    if (inode.kind !== "directory") {
      throw new SystemError("ENOTDIR", action, path);
    }
    return inode;
  }

  #info(path: string, links: "stay" | "follow"): FileInfo | null {
    const identity = this.#placeOrNull(path, links)?.identity;
    if (identity == null) return null;
    const { kind, bytes, modifiedUs, uid } = this.#inodes.get(identity)!;
    return { kind, size: bytes.length, modifiedUs, identity, uid };
  }

  #placeOrNull(path: string, links: "stay" | "follow" = "stay"): Place | null {
    try {
      return this.#place(path, "stat", { links });
    } catch (error) {
      if ((error as SystemError).code === "ENOENT") return null;
      throw error;
    }
  }

  /** Finds a path; links on the way are followed, the last one if asked. */
  #place(
    path: string,
    action: string,
    { links = "stay", depth = 0 }: {
      links?: "stay" | "follow";
      depth?: number;
    } = {},
  ): Place {
    if (path.includes("\0")) throw new SystemError("EINVAL", action, path);
    if (depth > MOST_LINKS) throw new SystemError("ELOOP", action, path);
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    let place: Place = { parent: "/", name: "", identity: "/" };
    names.forEach((name, at) => {
      if (place.identity === null) {
        throw new SystemError("ENOENT", action, path);
      }
      const inode = this.#inodes.get(place.identity)!;
      if (inode.kind !== "directory") {
        throw new SystemError("ENOTDIR", action, path);
      }
      place = {
        parent: place.identity,
        name,
        identity: inode.entries.get(name) ?? null,
      };
      const found = place.identity === null
        ? null
        : this.#inodes.get(place.identity)!;
      if (found?.kind !== "symlink") return;
      if (at === names.length - 1 && links === "stay") return;
      const target = found.target.startsWith("/")
        ? found.target
        : `/${names.slice(0, at).join("/")}/${found.target}`;
      place = this.#place(target, action, {
        links: "follow",
        depth: depth + 1,
      });
    });
    return place;
  }

  #checkReplace(from: string, to: string, path: string): void {
    const source = this.#inodes.get(from)!;
    const target = this.#inodes.get(to)!;
    const [moved, there] = [source.kind, target.kind].map((kind) =>
      kind === "directory"
    );
    if (there && !moved) throw new SystemError("EISDIR", "rename", path);
    if (moved && !there) throw new SystemError("ENOTDIR", "rename", path);
    if (target.entries.size > 0) {
      throw new SystemError("ENOTEMPTY", "rename", path);
    }
  }

  #add(place: Place, path: string, inode: Inode): void {
    const born = (this.#births.get(path) ?? 0) + 1;
    this.#births.set(path, born);
    const identity = `${path}#${born}`;
    this.#inodes.set(identity, inode);
    this.#link(place, identity);
    this.onChange?.(path);
  }

  #link(place: Place, identity: string): void {
    const parent = this.#inodes.get(place.parent)!;
    const entries = new Map(parent.entries).set(place.name, identity);
    this.#inodes.set(place.parent, {
      ...parent,
      entries,
      modifiedUs: this.#nowUs(),
    });
  }

  #unlink(place: Place): void {
    if (place.identity === null) return;
    const parent = this.#inodes.get(place.parent)!;
    const entries = new Map(parent.entries);
    entries.delete(place.name);
    this.#inodes.set(place.parent, {
      ...parent,
      entries,
      modifiedUs: this.#nowUs(),
    });
  }

  #release(identity: string): void {
    const left = (this.#handles.get(identity) ?? 1) - 1;
    if (left > 0) this.#handles.set(identity, left);
    else this.#handles.delete(identity);
  }

  #setBytes(identity: string, bytes: Uint8Array): void {
    const inode = this.#inodes.get(identity)!;
    this.#inodes.set(identity, { ...inode, bytes, modifiedUs: this.#nowUs() });
  }
}

function join(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

function join2(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

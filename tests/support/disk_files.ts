/** What is in memory, for a moment on a disk, reached as the program does. */
import type { FileAccess, Files } from "../../lib/platform/platform.ts";
import { directoryOver } from "./directory_over.ts";
import { MemoryFiles } from "./memory_files.ts";

/** A disk in memory, where there is one: nothing waits for a device. */
const DISK = (() => {
  try {
    return Deno.statSync("/dev/shm").isDirectory ? { dir: "/dev/shm" } : {};
  } catch {
    return {};
  }
})();

/** Calls with the same files on a disk; returns what is there afterwards. */
export async function onDisk(
  { files }: FileAccess,
  memory: MemoryFiles,
  use: (files: Files) => Promise<void>,
): Promise<MemoryFiles> {
  const root = Deno.makeTempDirSync(DISK);
  try {
    copyOut(memory, "", root);
    await use(directoryOver(files, () => root));
    const left = new MemoryFiles();
    copyIn(root, "", left);
    return left;
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

function copyOut(memory: MemoryFiles, path: string, root: string): void {
  for (const { name, kind } of memory.list(path || "/")) {
    const below = `${path}/${name}`;
    if (kind === "directory") {
      Deno.mkdirSync(root + below);
      copyOut(memory, below, root);
    } else Deno.writeTextFileSync(root + below, memory.text(below)!);
  }
}

function copyIn(root: string, path: string, memory: MemoryFiles): void {
  for (const { name, isDirectory } of Deno.readDirSync(root + path)) {
    const below = `${path}/${name}`;
    if (isDirectory) {
      memory.makeDirectories(below);
      copyIn(root, below, memory);
    } else memory.writeText(below, Deno.readTextFileSync(root + below));
  }
}

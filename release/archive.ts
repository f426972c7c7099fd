/**
 * Archives that are the same bytes each time: names sorted, one time for all,
 * no owner, and packed by the pinned Deno and pinned packages, instead of
 * whatever tar, gzip and zip a machine has.
 */
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { packTar } from "modern-tar";

/** A file to be packed. */
export interface Entry {
  /** Below the archive's top, with `/`. */
  name: string;
  content: Uint8Array;
  isExecutable?: boolean;
}

/** The highest takes twice as long, and saves two percent. */
const LEVEL = 6;
const UNIX = 3;
const PLAIN_FILE = 0o100000;

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => a.name < b.name ? -1 : 1);
}

function mode(entry: Entry): number {
  return entry.isExecutable ? 0o755 : 0o644;
}

/** A .tar.gz of the entries, all of them of the given time. */
export async function tarGz(
  entries: readonly Entry[],
  timeS: number,
): Promise<Uint8Array> {
  const mtime = new Date(timeS * 1000);
  const root = { uid: 0, gid: 0, uname: "root", gname: "root" };
  const tar = await packTar(
    sorted(entries).map((entry) => ({
      header: {
        ...root,
        name: entry.name,
        size: entry.content.length,
        mode: mode(entry),
        mtime,
      },
      body: entry.content,
    })),
  );
  const packed = gzipSync(tar, { level: LEVEL });
  packed[9] = 255; // The byte that says on which system it was packed: unknown.
  return packed;
}

/** A .zip of the entries, all of them of the given time, read as UTC. */
export function zip(entries: readonly Entry[], timeS: number): Uint8Array {
  const utc = new Date(timeS * 1000);
  // The format knows no zone, and fflate writes what a local clock shows.
  const mtime = new Date(timeS * 1000 + utc.getTimezoneOffset() * 60_000);
  return zipSync(
    Object.fromEntries(
      sorted(entries).map((entry) => [entry.name, [entry.content, {
        level: LEVEL,
        mtime,
        os: UNIX,
        attrs: (PLAIN_FILE | mode(entry)) * 0x10000,
      }]]),
    ),
  );
}

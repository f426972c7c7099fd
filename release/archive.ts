/**
 * Archives that are the same bytes each time: names sorted, one time for all,
 * no owner, no time in the gzip header, and packed by the pinned Deno's zlib
 * instead of whatever tar, gzip and zip a machine has. Only what a release
 * needs: plain files with short names, far below 4 GiB.
 */
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";

/** A file to be packed. */
export interface Entry {
  /** Below the archive's top, with `/`; at most 100 bytes. */
  name: string;
  content: Uint8Array;
  isExecutable?: boolean;
}

const BLOCK = 512;

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => a.name < b.name ? -1 : 1);
}

function mode(entry: Entry): number {
  return entry.isExecutable ? 0o755 : 0o644;
}

/** A .tar.gz of the entries, all of them of the given time. */
export function tarGz(entries: readonly Entry[], timeS: number): Uint8Array {
  const parts = sorted(entries).flatMap((entry) => [
    tarHeader(entry, timeS),
    entry.content,
    new Uint8Array((BLOCK - entry.content.length % BLOCK) % BLOCK),
  ]);
  const packed = gzipSync(
    Buffer.concat([...parts, new Uint8Array(2 * BLOCK)]),
    { level: 9 },
  );
  packed[9] = 255; // The byte that says on which system it was packed: unknown.
  return packed;
}

function tarHeader(entry: Entry, timeS: number): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  if (header.write(entry.name, 0, 100) < Buffer.byteLength(entry.name)) {
    throw new Error(`Cannot pack "${entry.name}": the name is too long`);
  }
  const octal = (value: number, at: number, width: number) =>
    header.write(value.toString(8).padStart(width - 1, "0"), at);
  octal(mode(entry), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(entry.content.length, 124, 12);
  octal(timeS, 136, 12);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  header.write("root", 265);
  header.write("root", 297);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
  return header;
}

/** A .zip of the entries, all of them of the given time, read as UTC. */
export function zip(entries: readonly Entry[], timeS: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of sorted(entries)) {
    const packed = deflateRawSync(entry.content, { level: 9 });
    const name = Buffer.from(entry.name);
    const fields = zipFields(entry, { packedSize: packed.length, timeS });
    parts.push(Buffer.from("PK\x03\x04"), fields, name, packed);
    directory.push(zipDirectoryEntry(entry, fields, offset), name);
    offset += 4 + fields.length + name.length + packed.length;
  }
  const size = directory.reduce((total, part) => total + part.length, 0);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(directory.length / 2, 8);
  end.writeUInt16LE(directory.length / 2, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** What a file's own header and its line in the directory both say. */
function zipFields(
  entry: Entry,
  { packedSize, timeS }: { packedSize: number; timeS: number },
): Uint8Array {
  const time = new Date(timeS * 1000);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0); // The version of the format that is needed.
  fields.writeUInt16LE(0x0800, 2); // Names are UTF-8.
  fields.writeUInt16LE(8, 4); // Deflated.
  fields.writeUInt16LE(
    time.getUTCHours() << 11 | time.getUTCMinutes() << 5 |
      time.getUTCSeconds() >> 1,
    6,
  );
  fields.writeUInt16LE(
    time.getUTCFullYear() - 1980 << 9 | time.getUTCMonth() + 1 << 5 |
      time.getUTCDate(),
    8,
  );
  fields.writeUInt32LE(crc32(entry.content), 10);
  fields.writeUInt32LE(packedSize, 14);
  fields.writeUInt32LE(entry.content.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(entry.name), 22);
  return fields;
}

function zipDirectoryEntry(
  entry: Entry,
  fields: Uint8Array,
  offset: number,
): Uint8Array {
  const rest = Buffer.alloc(14);
  // Unix permissions, with the bit that says that it is a plain file.
  rest.writeUInt32LE((0o100000 | mode(entry)) * 0x10000, 6);
  rest.writeUInt32LE(offset, 10);
  const madeByUnix = Buffer.from([20, 3]);
  return Buffer.concat([Buffer.from("PK\x01\x02"), madeByUnix, fields, rest]);
}

/**
 * What an executable says that it is, for systems on which it cannot be run here:
 * the machine it is for, and, in that of macOS, the signature without which
 * Apple's processors run nothing.
 */
import { createHash } from "node:crypto";

const view = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Such as `elf x64 /lib64/ld-linux-x86-64.so.2`, `mach-o arm64`, `pe x64`. */
export function formatOf(bytes: Uint8Array): string {
  const data = view(bytes);
  if (data.getUint32(0) === 0x7f454c46) return elf(data, bytes);
  if (data.getUint32(0, true) === 0xfeedfacf) {
    return `mach-o ${name(data.getUint32(4, true))}`;
  }
  if (data.getUint16(0) === 0x4d5a) {
    const at = data.getUint32(0x3c, true);
    return `pe ${name(data.getUint16(at + 4, true))}`;
  }
  return "unknown";
}

function name(machine: number): string {
  const x64 = [62, 0x01000007, 0x8664];
  const arm64 = [183, 0x0100000c, 0xaa64];
  if (x64.includes(machine)) return "x64";
  return arm64.includes(machine) ? "arm64" : `machine ${machine}`;
}

function elf(data: DataView, bytes: Uint8Array): string {
  const machine = name(data.getUint16(18, true));
  const headers = Number(data.getBigUint64(32, true));
  const size = data.getUint16(54, true);
  for (let at = 0; at < data.getUint16(56, true); at++) {
    const header = headers + at * size;
    if (data.getUint32(header, true) !== 3) continue;
    const offset = Number(data.getBigUint64(header + 8, true));
    const length = Number(data.getBigUint64(header + 32, true));
    const loader = bytes.subarray(offset, offset + length - 1);
    return `elf ${machine} ${new TextDecoder().decode(loader)}`;
  }
  return `elf ${machine}`;
}

/**
 * Holds a Mach-O file to the hashes of its own signature; returns how many pages
 * they are, and throws what is wrong.
 */
export function signedPages(bytes: Uint8Array): number {
  const [offset, size] = signaturePlace(bytes);
  if (offset + size > bytes.length) throw new Error("the signature is cut off");
  const signature = view(bytes.subarray(offset, offset + size));
  if (signature.getUint32(0) !== 0xfade0cc0) throw new Error("no signature");
  for (let at = 0; at < signature.getUint32(8); at++) {
    const blob = signature.getUint32(16 + at * 8);
    if (signature.getUint32(blob) === 0xfade0c02) {
      return checkPages(bytes, offset + blob);
    }
  }
  throw new Error("the signature has no hashes");
}

/** Where the load command for it says that the signature is. */
function signaturePlace(bytes: Uint8Array): [number, number] {
  const data = view(bytes);
  let at = 32;
  for (let left = data.getUint32(16, true); left > 0; left--) {
    if (data.getUint32(at, true) === 0x1d) {
      return [data.getUint32(at + 8, true), data.getUint32(at + 12, true)];
    }
    at += data.getUint32(at + 4, true);
  }
  throw new Error("there is no signature");
}

function checkPages(bytes: Uint8Array, at: number): number {
  const directory = view(bytes.subarray(at));
  const hashes = at + directory.getUint32(16);
  const slots = directory.getUint32(28);
  const limit = directory.getUint32(32);
  const hashSize = directory.getUint8(36);
  const isSha256 = directory.getUint8(37) === 2;
  const page = 2 ** directory.getUint8(39);
  if (!isSha256) throw new Error("the hashes are not SHA-256");
  if (slots !== Math.ceil(limit / page)) throw new Error("pages are missing");
  for (let slot = 0; slot < slots; slot++) {
    const end = Math.min((slot + 1) * page, limit);
    const actual = createHash("sha256")
      .update(bytes.subarray(slot * page, end)).digest();
    const expected = bytes.subarray(hashes + slot * hashSize);
    if (actual.some((byte, index) => byte !== expected[index])) {
      throw new Error(`page ${slot} of ${slots} does not match its hash`);
    }
  }
  return slots;
}

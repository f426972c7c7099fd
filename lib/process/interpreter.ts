/**
 * The program that runs another one: the one after `#!` of a script, the loader
 * of an executable. If it is missing, systems say that the command is.
 */
import { errorCode } from "../errors.ts";
import type { SystemCalls } from "../platform/platform.ts";

/** More of a file than a system reads for it, in bytes. */
const HEAD_BYTES = 4096;

/** The interpreter of a program, as it is written there, if it is missing. */
export function missingInterpreter(
  calls: SystemCalls,
  path: string,
): string | null {
  const head = calls.readStart(path, HEAD_BYTES);
  const name = scriptInterpreter(head) ?? loaderOf(head);
  if (name === null) return null;
  try {
    calls.checkExecutable(name);
    return null;
  } catch (error) {
    return errorCode(error) === "ENOENT" ? name : null;
  }
}

function scriptInterpreter(head: Uint8Array): string | null {
  const line = textOf(head).split("\n", 1)[0]!;
  return /^#![ \t]*([^ \t]+)/.exec(line)?.[1] ?? null;
}

/** Of an ELF file with 64 bits, the least byte first. */
function loaderOf(head: Uint8Array): string | null {
  const ELF_64_LITTLE = "\x7fELF\x02\x01";
  const PT_INTERP = 3;
  if (!textOf(head).startsWith(ELF_64_LITTLE) || head.length < 64) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const [at, size] = [view.getUint32(32, true), view.getUint16(54, true)];
  for (let index = 0; index < view.getUint16(56, true); index++) {
    const entry = at + index * size;
    if (entry + 56 > head.length) return null;
    if (view.getUint32(entry, true) !== PT_INTERP) continue;
    const start = view.getUint32(entry + 8, true);
    const end = start + view.getUint32(entry + 32, true);
    // It ends with a zero byte.
    return end > head.length ? null : textOf(head.subarray(start, end - 1));
  }
  return null;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

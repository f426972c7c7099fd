/**
 * The system calls of the executable, in Deno: through its own way to the C
 * library. So the tests of files run over both kinds of access.
 */
import type { CLibrary } from "../../lib/platform/linux_calls.ts";
import { openLinuxAccess } from "../../lib/platform/linux_files.ts";
import { nodeAccess } from "../../lib/platform/node_files.ts";
import type { FileAccess } from "../../lib/platform/platform.ts";

/** Both kinds of access; only one where the system is not Linux. */
export const ACCESSES: [name: string, access: FileAccess][] = [
  ["node:fs", nodeAccess],
  ...Deno.build.os === "linux"
    ? [["system calls", openLinuxAccess(denoLibrary())!] as [
      string,
      FileAccess,
    ]]
    : [],
];

/** The C library; calls that `fail` names end with that error number. */
export function denoLibrary(
  fail: (number: number) => number | null = () => null,
): CLibrary {
  const { symbols } = Deno.dlopen("libc.so.6", {
    syscall: {
      parameters: ["i64", "i64", "i64", "i64", "i64", "i64"],
      result: "i64",
    },
    __errno_location: { parameters: [], result: "pointer" },
  });
  const errno = new Deno.UnsafePointerView(symbols.__errno_location()!);
  let failed: number | null = null;
  return {
    call(number, a, b, c, d, e) {
      failed = fail(number);
      if (failed !== null) return -1;
      return Number(
        symbols.syscall(...[number, a, b, c, d, e].map(BigInt) as Six),
      );
    },
    errorNumber: () => failed ?? errno.getInt32(),
    address: (bytes) =>
      Number(
        Deno.UnsafePointer.value(
          Deno.UnsafePointer.of(bytes as Uint8Array<ArrayBuffer>),
        ),
      ),
  };
}

type Six = [bigint, bigint, bigint, bigint, bigint, bigint];

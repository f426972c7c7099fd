/** Pipes, waiting for input, and limits, by the system calls of Linux. */
import { assertEquals } from "@std/assert";
import { callNumbers } from "../../lib/platform/linux_calls.ts";
import { openLinuxAccess } from "../../lib/platform/linux_files.ts";
import { openInput } from "../../lib/platform/input.ts";
import type { FileAccess, UnixCalls } from "../../lib/platform/platform.ts";
import { denoLibrary } from "../support/linux_access.ts";

const encoder = new TextEncoder();

/** A pipe, and standard input that is its reading end. */
function pipeInput(access: FileAccess) {
  const calls = access.unixCalls()!;
  const { read, write } = calls.openPipe();
  const ours: UnixCalls = {
    openPipe: () => calls.openPipe(),
    setDescriptorLimit: (limit) => calls.setDescriptorLimit(limit),
    reap: (pid) => calls.reap(pid),
    waitReadable: (_, ms) => calls.waitReadable(read, ms),
  };
  return {
    input: openInput({
      ...access,
      read: (_, room) => access.read(read, room),
      unixCalls: () => ours,
    }),
    isReadable: (ms: number) => calls.waitReadable(read, ms),
    write: (text: string) => access.write(write, encoder.encode(text)),
    end: () => access.close(write),
    close: () => access.close(read),
  };
}

const isWhole = (bytes: Uint8Array) => bytes.at(-1) === 0x2e;

if (Deno.build.os === "linux") {
  const access = openLinuxAccess(denoLibrary())!;

  Deno.test("a pipe can be read when something is in it, or at its end", () => {
    const pipe = pipeInput(access);
    assertEquals(pipe.isReadable(0), false);
    assertEquals(pipe.isReadable(1.5), false);
    pipe.write("one\ntwo");
    assertEquals(pipe.isReadable(60_000), true);
    assertEquals(pipe.input.readLine(), "one");
    pipe.end();
    assertEquals(pipe.input.readAll(100), "two");
    assertEquals(pipe.isReadable(60_000), true);
    assertEquals(pipe.input.readLine(), null);
    pipe.close();
  });

  Deno.test("of a pipe that stays open, what is whole is taken", async () => {
    const pipe = pipeInput(access);
    // More than what is read at first.
    const text = `${"é".repeat(20_000)}.`;
    pipe.write(text);
    const limits = { timeoutMs: 60_000, isWhole };
    const bytes = await pipe.input.readWithTimeout(limits);
    assertEquals(new TextDecoder().decode(bytes), text);
    pipe.end();
    pipe.close();
  });

  Deno.test("of a pipe that stays open, what is there at the limit is taken", async () => {
    const pipe = pipeInput(access);
    pipe.write("half");
    const limits = { timeoutMs: 1, isWhole };
    const bytes = await pipe.input.readWithTimeout(limits);
    assertEquals(new TextDecoder().decode(bytes), "half");
    pipe.end();
    pipe.close();
  });

  Deno.test("a wait that a signal interrupts goes on", () => {
    const { ppoll } = callNumbers()!;
    const EINTR = 4;
    let interruptions = 0;
    const fail = (number: number) =>
      number === ppoll && ++interruptions < 3 ? EINTR : null;
    const pipe = pipeInput(openLinuxAccess(denoLibrary(fail))!);
    pipe.write("x");
    assertEquals(pipe.isReadable(60_000), true);
    assertEquals(interruptions, 3);
    pipe.end();
    pipe.close();
  });

  Deno.test("limits on descriptors are set, but not a soft one above the hard one", () => {
    const calls = access.unixCalls()!;
    const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(
      Deno.readTextFileSync("/proc/self/limits"),
    )!;
    const set = (soft: string, hard: string) =>
      calls.setDescriptorLimit({ soft, hard });
    assertEquals(set(soft!, hard!), true);
    assertEquals(set("2000", "1000"), false);
  });
}

/** Reading standard input for a limited time, from a pipe that a test writes. */
import { assertEquals } from "@std/assert";
import { chunkReader, readWithTimeout } from "../../lib/platform/input.ts";
import { FakeClock, FakeInput, settled } from "../support/fake_platform.ts";

const decoder = new TextDecoder();

/** A read for ten seconds, or until the text ends with a full stop. */
function reading() {
  const clock = new FakeClock();
  const pipe = new FakeInput(clock);
  pipe.isOpen = true;
  const bytes = pipe.readWithTimeout({
    timeoutMs: 10_000,
    isWhole: (bytes) => decoder.decode(bytes).endsWith("."),
  });
  const read = { clock, pipe, text: null as string | null };
  bytes.then((bytes) => read.text = decoder.decode(bytes));
  return read;
}

Deno.test("a writer that pauses for seconds is waited for", async () => {
  const read = reading();
  await read.clock.advance(4_000);
  read.pipe.write("one ");
  await read.clock.advance(4_000);
  read.pipe.write("two");
  await read.clock.advance(1_000);
  assertEquals(read.text, null);
  read.pipe.end();
  await settled();
  assertEquals(read.text, "one two");
});

Deno.test("text that is whole is not waited beyond, though the pipe is open", async () => {
  const read = reading();
  read.pipe.write("one");
  await read.clock.advance(50);
  assertEquals(read.text, null);
  read.pipe.write(".");
  await read.clock.advance(50);
  assertEquals(read.text, "one.");
});

Deno.test("at the limit the text that has come is used", async () => {
  const read = reading();
  read.pipe.write("one");
  await read.clock.advance(9_900);
  assertEquals(read.text, null);
  await read.clock.advance(200);
  assertEquals(read.text, "one");
});

Deno.test("without a byte the read ends at the limit", async () => {
  const read = reading();
  await read.clock.advance(10_100);
  assertEquals(read.text, "");
});

Deno.test("text that was written in time is read, however late it is read", async () => {
  const read = reading();
  await settled();
  // The program was not run for a minute, while its input was written.
  read.clock.pause(60_000);
  read.pipe.write("one");
  await settled();
  read.pipe.write(" two");
  await read.clock.advance(100);
  assertEquals(read.text, "one two");
});

Deno.test("a writer that never stops is not read for ever", async () => {
  const clock = new FakeClock();
  async function* endless() {
    for (;;) {
      clock.pause(1);
      yield new Uint8Array(4096);
    }
  }
  const bytes = await readWithTimeout(
    chunkReader(endless(), clock),
    { timeoutMs: 100, isWhole: () => false },
    () => clock.elapsedMs(),
  );
  assertEquals(bytes.length > 100 * 4096, true);
});

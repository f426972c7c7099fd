import { assertEquals } from "@std/assert";
import { throttle } from "../../../lib/web/page/throttle.ts";

/** A task that counts, and pauses that a test ends. */
function setUp() {
  const pauses: (() => void)[] = [];
  const bench = {
    done: 0,
    canceled: 0,
    endPause: () => pauses.shift()?.(),
  };
  const task = throttle(() => void bench.done++, (over) => {
    pauses.push(over);
    return () => void bench.canceled++;
  });
  return { bench, task };
}

Deno.test("a task is done at once, and not again while it is not asked for", () => {
  const { bench, task } = setUp();
  task.ask();
  assertEquals(bench.done, 1);
  bench.endPause();
  assertEquals(bench.done, 1);
  task.ask();
  assertEquals(bench.done, 2);
});

Deno.test("a task that is asked for all the time is done after each pause", () => {
  const { bench, task } = setUp();
  for (let pauses = 0; pauses < 5; pauses++) {
    for (let asked = 0; asked < 10; asked++) task.ask();
    assertEquals(bench.done, pauses + 1);
    bench.endPause();
  }
  assertEquals(bench.done, 6);
});

Deno.test("a task that is stopped is not done any more", () => {
  const { bench, task } = setUp();
  task.ask();
  task.ask();
  task.stop();
  assertEquals(bench.canceled, 1);
  task.ask();
  assertEquals(bench.done, 1);
});

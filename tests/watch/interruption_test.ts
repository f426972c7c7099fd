/** Signals that ask a monitor to end. */
import { assertEquals } from "@std/assert";
import { openProcesses } from "../../lib/process/processes.ts";
import { takeInterruption } from "../../lib/watch/interruption.ts";
import { FakePlatform } from "../support/fake_platform.ts";

Deno.test("the first signal is taken, the second is left to the system", () => {
  const platform = new FakePlatform();
  const interruption = takeInterruption(platform, openProcesses(platform));
  assertEquals(interruption.signal.aborted, false);
  platform.signal("SIGTERM");
  assertEquals(interruption.signal.aborted, true);
  assertEquals(interruption.signalExitCode, 143);
  assertEquals(platform.signal("SIGTERM"), false);
  assertEquals(platform.signal("SIGINT"), false);
});

Deno.test("a signal that was ignored at the start stays ignored", () => {
  const platform = new FakePlatform();
  platform.systemCalls.ignored.add("SIGHUP");
  const interruption = takeInterruption(platform, openProcesses(platform));
  assertEquals(platform.signal("SIGHUP"), false);
  interruption.close();
  assertEquals(platform.signal("SIGINT"), false);
  assertEquals(interruption.signalExitCode, null);
});

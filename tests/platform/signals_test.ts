/** Signals by name and number. */
import { assertEquals } from "@std/assert";
import {
  exitCodeOf,
  exitCodeOfSignal,
  signalNumber,
} from "../../lib/platform/signals.ts";

Deno.test("signals have the numbers of their system", () => {
  const numbers = (name: string) => [
    signalNumber(name),
    signalNumber(name, "darwin"),
  ];
  assertEquals(numbers("SIGKILL"), [9, 9]);
  assertEquals(numbers("SIGUSR1"), [10, 30]);
  assertEquals(numbers("SIGSYS"), [31, 12]);
  assertEquals(numbers("SIGINFO"), [0, 29]);
});

Deno.test("a signal leads to 128 plus its number", () => {
  assertEquals(exitCodeOfSignal("SIGINT"), 130);
  assertEquals(exitCodeOf({ kind: "killed", name: "SIG35", number: 35 }), 163);
  assertEquals(exitCodeOf({ kind: "exited", code: 7 }), 7);
});

/** Signals in a terminal: what its keys have sent to all is not passed on. */
import { assertEquals } from "@std/assert";
import type { Child } from "../../lib/platform/platform.ts";
import type { ExitStatus, SignalName } from "../../lib/platform/signals.ts";
import type { Processes } from "../../lib/process/processes.ts";
import { SignalRelay } from "../../lib/process/signal_relay.ts";
import { FakePlatform, settled } from "../support/fake_platform.ts";

/** A process that is begun, and dies, when a test says so. */
class Probe {
  readonly started = Promise.withResolvers<Child>();
  readonly ended = Promise.withResolvers<ExitStatus>();

  run(): void {
    this.started.resolve(child(8, this.ended.promise));
  }

  die(name: SignalName): void {
    this.ended.resolve({ kind: "killed", name, number: 2 });
  }
}

function child(pid: number, ended: Promise<ExitStatus>): Child {
  return { pid, ended, stdout: null, stderr: null, release() {} };
}

/** A command that shares our terminal, and the signals that it is passed. */
function desk() {
  const platform = new FakePlatform();
  const probes: Probe[] = [];
  const passed: string[] = [];
  const processes = {
    hasTerminal: true,
    isIgnored: () => false,
    spawn() {
      const probe = new Probe();
      probes.push(probe);
      return probe.started.promise;
    },
    signal: (_: number, signal: string) => passed.push(signal) > 0,
  } as unknown as Processes;
  const relay = new SignalRelay(platform, processes);
  relay.attach(child(7, new Promise(() => {})));
  return { platform, probes, passed };
}

Deno.test("what kills the probe went to the whole group, and is not passed on", async () => {
  const { platform, probes, passed } = desk();
  probes[0]!.run();
  await settled();
  platform.signal("SIGINT");
  probes[0]!.die("SIGINT");
  await platform.time.advance(100);
  assertEquals([passed, probes.length], [[], 2]);
});

Deno.test("what the probe survives was for us alone, and is passed on", async () => {
  const { platform, probes, passed } = desk();
  probes[0]!.run();
  await settled();
  platform.signal("SIGINT");
  platform.signal("SIGTERM");
  await platform.time.advance(100);
  assertEquals(passed, ["SIGINT", "SIGTERM"]);
});

Deno.test("a key that comes before the next probe runs is not passed on", async () => {
  const { platform, probes, passed } = desk();
  probes[0]!.run();
  await settled();
  platform.signal("SIGINT");
  probes[0]!.die("SIGINT");
  await settled();
  platform.signal("SIGQUIT");
  probes[1]!.run();
  await platform.time.advance(100);
  assertEquals(passed, []);
});

Deno.test("of two keys in a row the probe dies of the first, and none is passed on", async () => {
  const { platform, probes, passed } = desk();
  probes[0]!.run();
  await settled();
  platform.signal("SIGINT");
  platform.signal("SIGQUIT");
  probes[0]!.die("SIGINT");
  await platform.time.advance(100);
  assertEquals(passed, []);
});

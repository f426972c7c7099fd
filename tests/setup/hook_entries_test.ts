/** The hooks that ptrack adds, and how its commands are recognized. */
import { assert, assertEquals } from "@std/assert";
import {
  CORE_EVENTS,
  entriesFor,
  hookCommand,
  isOurCommand,
  plainProgram,
} from "../../lib/setup/hook_entries.ts";

Deno.test("our commands are recognized", () => {
  for (
    const command of [
      "ptrack hook",
      "ptrack hook --no-prompts",
      "/usr/local/bin/ptrack hook",
      '"/home/a b/ptrack" hook',
      '"C:\\\\Tools\\\\ptrack.exe" hook --no-prompts',
      '"C:\\Tools\\ptrack.exe" hook',
      "'/home/a b/ptrack' hook",
      '"$HOME/bin/ptrack" hook',
    ]
  ) assert(isOurCommand(command), command);
  for (
    const command of [
      "ptrack hooks",
      "my-ptrack hook",
      "ptrack hook --format codex",
      "ptrack hook; rm -rf /",
      "echo ptrack hook",
      "",
      7,
      null,
    ]
  ) assert(!isOurCommand(command), String(command));
});

Deno.test("a command has the path of the executable if its name is not found", () => {
  const prompts = true;
  assertEquals(hookCommand(null, { prompts }), "ptrack hook");
  assertEquals(
    hookCommand(null, { prompts: false }),
    "ptrack hook --no-prompts",
  );
  for (
    const path of [
      "/opt/ptrack",
      "/a b/ptrack",
      '/a$b`c"d/ptrack',
      "/it's/ptrack",
      "C:\\a b\\ptrack.exe",
    ]
  ) {
    const command = hookCommand(path, { prompts });
    assert(isOurCommand(command), command);
    assertEquals(plainProgram(command), path);
  }
  assertEquals(hookCommand("/a b/ptrack", { prompts }), "'/a b/ptrack' hook");
});

Deno.test("a command that a shell would expand has no plain program", () => {
  for (
    const command of [
      '"$(touch x)/ptrack" hook',
      '"`touch x`/ptrack" hook',
      '"$HOME/ptrack" hook',
      "~/ptrack hook",
      ";touch$IFS/x;/ptrack hook",
      "A=/ptrack hook",
      "/*/ptrack hook",
      "echo ptrack hook",
    ]
  ) assertEquals(plainProgram(command), null, command);
  assertEquals(plainProgram("'/a $(b)/ptrack' hook"), "/a $(b)/ptrack");
  assertEquals(plainProgram('"/a b/ptrack" hook'), "/a b/ptrack");
});

Deno.test("newer versions take newer events", () => {
  for (
    const [version, isNewer] of [
      ["2.1.101", true],
      ["2.1.330 (Claude Code)", true],
      ["2.2.0", true],
      ["3.0.1", true],
      ["10.0.0", true],
      ["2.1.100", false],
      ["2.0.999", false],
      ["1.9.9", false],
      ["", false],
      ["x", false],
      [null, false],
    ] as const
  ) {
    const { length } = entriesFor(version);
    assertEquals(length > CORE_EVENTS.length, isNewer, String(version));
  }
});

/** Payloads that are whole, cut off, or no payloads at all. */
import { assert, assertEquals } from "@std/assert";
import { parsePayload, readPayload } from "../../lib/agents/payload.ts";
import { FakePlatform } from "../support/fake_platform.ts";

Deno.test("a payload that comes in two parts, seconds apart, is read whole", async () => {
  const platform = new FakePlatform();
  const payload = { session_id: "7b0c", hook_event_name: "Stop" };
  const text = JSON.stringify(payload);
  platform.stdin.write(text.slice(0, 10));
  const reading = readPayload(platform);
  await platform.time.advance(9_000);
  platform.stdin.write(text.slice(10));
  await platform.time.advance(100);
  assertEquals(await reading, payload);
});

Deno.test("a payload that is not complete after ten seconds is used as it is", async () => {
  const platform = new FakePlatform();
  platform.stdin.write('{"session_id": "7b0c", "hook_event');
  const reading = readPayload(platform);
  await platform.time.advance(10_100);
  assertEquals(await reading, { session_id: "7b0c" });
});

Deno.test("a payload that is cut off is read as far as it goes", async () => {
  const payload = {
    session_id: "7b0c",
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command: 'make \\ "x" \u00e9\u{1f600}' },
    list: [1, { a: "b" }],
  };
  const text = new TextEncoder().encode(JSON.stringify(payload));
  for (let length = 0; length <= text.length; length++) {
    const found = await parsePayload(text.subarray(0, length));
    const { session_id = "", tool_input = {} } = found as {
      session_id?: string;
      tool_input?: { command?: string };
    };
    assert("7b0c".startsWith(session_id));
    const { command = "" } = tool_input;
    assert(payload.tool_input.command.startsWith(command), command);
  }
  assertEquals(await parsePayload(text), payload);
});

Deno.test("anything but a JSON object is an empty payload", async () => {
  for (const text of ["", " ", "null", "[1]", "7", '"x"', "{", "\0", "}{"]) {
    assertEquals(await parsePayload(new TextEncoder().encode(text)), {});
  }
});

Deno.test("a long payload is read, whole or cut off, with its long texts cut", async () => {
  for (const unit of ['x"\\\n}]{', "\\", "\u00e9\u{1f600}", "a\0"]) {
    const content = unit.repeat(60_000);
    const input = { file_path: "/w/a", content };
    const payload = { session_id: "s", tool_input: input, error: "No space" };
    const text = JSON.stringify(payload, null, 2);
    for (const end of [0, -3, -20]) {
      const bytes = new TextEncoder().encode(text).slice(0, end || undefined);
      const { tool_input, ...rest } = await parsePayload(bytes);
      const found = tool_input as typeof input;
      assertEquals(found.file_path, "/w/a");
      assert(content.startsWith(found.content) && found.content !== content);
      const isCut = end === -20;
      assertEquals(rest, {
        session_id: "s",
        ...isCut ? {} : { error: "No space" },
      });
    }
  }
});

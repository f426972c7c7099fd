/** The hooks of Gemini CLI. */
import { assertEquals } from "@std/assert";
import { AgentDesk } from "../support/agent_desk.ts";

Deno.test("the hooks of Gemini CLI record a session in their own workspace", async () => {
  const desk = new AgentDesk();
  const call = { args: ["--format", "gemini"], env: { CLAUDE_PID: "" } };
  const say = (hook_event_name: string, more = {}) =>
    desk.hook(
      { hook_event_name, timestamp: "2026-11-23T10:00:00Z", ...more },
      call,
    );
  await say("SessionStart", { source: "startup" });
  await say("BeforeAgent", { prompt: "Write it" });
  await say("BeforeModel");
  await say("AfterTool", {
    tool_name: "run_shell_command",
    tool_input: { command: "ls" },
  });
  assertEquals((await desk.status("gemini")).message, "run_shell_command: ls");
  await say("Notification", {
    notification_type: "ToolPermission",
    message: "Allow write_file?",
  });
  assertEquals(await desk.word("gemini"), "waiting");
  await say("AfterTool", {
    tool_name: "write_file",
    tool_input: { file_path: "/desk/a" },
  });
  assertEquals((await desk.status("gemini")).message, "write_file a");
  await say("AfterAgent", { prompt_response: "done" });
  await say("SessionEnd", { reason: "exit" });
  assertEquals(await desk.word("gemini"), "completed");
});

/** The hooks of Codex CLI, and its older `notify`. */
import { assertEquals } from "@std/assert";
import { AgentDesk } from "../support/agent_desk.ts";
import { prompt, tool } from "../support/hook_payloads.ts";

Deno.test("the hooks of Codex CLI, and its notify, record a session", async () => {
  const desk = new AgentDesk();
  const call = { args: ["--format", "codex"], env: { CLAUDE_PID: "" } };
  await desk.hook({ ...prompt(), turn_id: "t", model: "m" }, call);
  await desk.hook({
    ...tool(),
    tool_name: "shell",
    tool_input: { command: ["bash", "-lc", "make test"] },
  }, call);
  assertEquals(
    (await desk.status("codex")).message,
    "shell: bash -lc make test",
  );
  await desk.hook({ hook_event_name: "Interrupt" }, call);
  assertEquals(await desk.word("codex"), "waiting");
  await desk.hook(prompt(), call);
  const notify = JSON.stringify({
    "type": "agent-turn-complete",
    "thread-id": "7b0c1234-5678-4abc-9def-001122334455",
    "turn-id": "1",
    "cwd": "/desk",
    "input-messages": ["SECRET"],
    "last-assistant-message": "SECRET",
  });
  await desk.hook("", { ...call, args: [...call.args, notify] });
  desk.pass(11);
  assertEquals(await desk.word("codex"), "waiting");
});

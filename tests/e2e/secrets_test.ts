/**
 * What reaches the files of a session: no secret of a known shape, whoever
 * reports it; and with `hook --no-prompts` no text of people.
 */
import { assertEquals } from "@std/assert";
import { walkSync } from "@std/fs";
import { Place } from "../support/program.ts";

/** What begins with SECRET in the files of the place, sorted. */
function kept(place: Place): string[] {
  const files = [...walkSync(place.at(".parallel"), { includeDirs: false })];
  const found = files.flatMap(({ path }) =>
    Deno.readTextFileSync(path).match(/SECRET\w*/g) ?? []
  );
  return [...new Set(found)].sort();
}

async function hook(
  place: Place,
  payload: Record<string, unknown>,
  ...options: string[]
): Promise<void> {
  const stdin = JSON.stringify({
    session_id: "abcdefgh-1",
    cwd: place.path,
    ...payload,
  });
  await place.runWith({ stdin }, "hook", ...options);
}

const bash = (command: string) => ({
  tool_name: "Bash",
  tool_input: { command },
});

Deno.test("no verb stores a secret", async () => {
  await using place = new Place();
  const session = ["-w", "w", "-s", "s"];
  await place.run(
    ...["start", ...session, "Deploy with token=SECRET1"],
    ...["--meta", "apiKey=SECRET2"],
  );
  await place.run("heartbeat", ...session, "-m", "Bearer SECRET3");
  await place.run("waiting", ...session, "https://u:SECRET4@h/");
  await place.run("error", ...session, "PASSWORD=SECRET5");
  await place.run("fail", ...session, "x --password SECRET6");
  const status = place.status("w", "s");
  assertEquals(status.task_description, "Deploy with token=[masked]");
  assertEquals(status.metadata, { apiKey: "[masked]" });
  assertEquals(status.message, "FAILED: x --password [masked]");
  assertEquals(kept(place), []);
});

Deno.test("run stores neither its command's secrets nor those that it prints", async () => {
  await using place = new Place();
  const script = "echo TOKEN=SECRET1; exit 3";
  const words = ["--password=SECRET two words", "--token", "SECRET2", "a b"];
  await place.run(
    ...["run", "-w", "w", "-s", "s", "--capture", "--"],
    ...["sh", "-c", script, ...words],
  );
  assertEquals(
    place.status("w", "s").metadata["command"],
    "sh -c 'echo TOKEN=[masked]; exit 3' '--password=[masked]' --token " +
      "[masked] 'a b'",
  );
  assertEquals(kept(place), []);
});

Deno.test("hooks store no secret of a prompt, a command, an error or a question", async () => {
  await using place = new Place();
  const payloads = [
    {
      hook_event_name: "UserPromptSubmit",
      prompt: "my password is SECRET1, deploy with it",
    },
    {
      hook_event_name: "PreToolUse",
      ...bash('curl -H "Authorization: Bearer SECRET2" https://u:SECRET3@h/x'),
    },
    {
      hook_event_name: "PostToolUseFailure",
      ...bash("mysql -pSECRET4"),
      error: "denied for root with password SECRET5",
    },
    {
      hook_event_name: "PermissionRequest",
      agent_id: "a1",
      tool_name: "WebFetch",
      tool_input: { url: "https://h/?token=SECRET6" },
    },
    {
      hook_event_name: "StopFailure",
      error: "auth",
      error_details: "bad x-api-key SECRET7",
    },
  ];
  for (const payload of payloads) await hook(place, payload);
  assertEquals(kept(place), []);
});

Deno.test("hooks with --no-prompts keep no text of people", async () => {
  await using place = new Place();
  const payloads = [
    { hook_event_name: "UserPromptSubmit", prompt: "SECRETa" },
    { hook_event_name: "PreToolUse", ...bash("x SECRETb") },
    {
      hook_event_name: "Notification",
      notification_type: "permission_prompt",
      message: "wants to run: SECRETc",
    },
    { hook_event_name: "Notification", message: "permission for SECRETd" },
    {
      hook_event_name: "StopFailure",
      error: "SECRETe said so",
      last_assistant_message: "SECRETf",
    },
    {
      hook_event_name: "Elicitation",
      mcp_server_name: "m",
      message: "SECRETg",
    },
    {
      hook_event_name: "Elicitation",
      agent_id: "a1",
      agent_type: "helper",
      message: "SECRETh",
    },
    {
      hook_event_name: "PostToolUseFailure",
      ...bash("c SECRETi"),
      error: "SECRETj",
    },
    { hook_event_name: "PermissionRequest", ...bash("SECRETk") },
    {
      hook_event_name: "TaskCreated",
      task_id: "1",
      task_subject: "SECRETl",
    },
    {
      hook_event_name: "PreToolUse",
      tool_name: "AskUserQuestion",
      tool_input: { questions: [{ question: "SECRETm" }] },
    },
    {
      hook_event_name: "PostToolUse",
      tool_name: "TodoWrite",
      tool_input: { todos: [{ content: "SECRETn", status: "pending" }] },
    },
    { hook_event_name: "SessionEnd", reason: "SECRETo said so" },
  ];
  for (const payload of payloads) await hook(place, payload, "--no-prompts");
  assertEquals(kept(place), []);
});

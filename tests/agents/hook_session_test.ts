/**
 * Which session a hook belongs to, who ends it, and what becomes of it when
 * its process ends: whole lives of agents, on a machine in memory.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { verdictWord } from "../../lib/session/verdict.ts";
import { parsePayload } from "../../lib/agents/payload.ts";
import { AGENT_PID, AgentDesk } from "../support/agent_desk.ts";

const PROMPT = { hook_event_name: "UserPromptSubmit", prompt: "Go" };
const STOP = { hook_event_name: "Stop" };
const TOOL = {
  hook_event_name: "PostToolUse",
  tool_name: "Bash",
  tool_input: { command: "make" },
};
const end = (reason: string) => ({ hook_event_name: "SessionEnd", reason });

async function word(desk: AgentDesk, workspace?: string): Promise<string> {
  const report = await desk.look(workspace);
  return report === null ? "nothing" : verdictWord(report.verdict);
}

Deno.test("an agent that ends after its turn, without a word, has completed", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  await desk.hook(STOP);
  desk.end();
  assertEquals(await word(desk), "running");
  desk.pass(11);
  const report = await desk.look();
  assertEquals(report?.verdict.state, "completed");
  assertEquals(
    report?.verdict.reason,
    `Its process ${AGENT_PID} ended after its last turn`,
  );
  assertEquals(await desk.run(["monitor", "wait", "-w", "claude"]), 0);
});

Deno.test("an agent that ends in mid-turn, without a word, has crashed", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  desk.end();
  desk.pass(11);
  assertEquals(await word(desk), "crashed");
});

Deno.test("an agent that ends while parked has crashed", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  await desk.hook({ ...STOP, background_tasks: [{ id: "b" }] });
  desk.end();
  desk.pass(11);
  assertEquals(await word(desk), "crashed");
});

Deno.test("a long tool is quiet, and no hang before half an hour", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  desk.pass(14 * 60);
  assertEquals(await word(desk), "running");
  desk.pass(2 * 60);
  assertEquals(await word(desk), "stale");
  desk.pass(15 * 60);
  assertEquals(await word(desk), "timed_out");
  await desk.hook(TOOL);
  assertEquals(await word(desk), "running");
});

Deno.test("an idle agent is waiting for days, if its process lives", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  await desk.hook(STOP);
  desk.pass(3 * 24 * 3600);
  assertEquals(await word(desk), "waiting");
  await desk.run(["monitor", "--waiting-count"]);
  assertEquals(desk.stdout, "1\n");
});

Deno.test("an idle agent of an unknown process is waiting for hours only", async () => {
  const desk = new AgentDesk();
  desk.env = {};
  await desk.hook(PROMPT);
  await desk.hook(STOP);
  desk.pass(3 * 3600);
  assertEquals(await word(desk), "waiting");
  desk.pass(2 * 3600);
  assertEquals(await word(desk), "timed_out");
});

Deno.test("a process id that nobody has is no owner", async () => {
  for (const pid of ["999", "0", "-1", "x", "1e3", ""]) {
    const desk = new AgentDesk();
    desk.env = { CLAUDE_PID: pid };
    await desk.hook(PROMPT);
    assertEquals((await desk.status()).ptrack?.owner, null);
  }
});

Deno.test("who is resumed by another process begins a new attempt", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  desk.end();
  desk.begin(777, "900");
  const env = { CLAUDE_PID: "777" };
  await desk.hook({ hook_event_name: "SessionStart", source: "resume" }, {
    env,
  });
  desk.pass(11);
  await desk.hook(PROMPT, { env });
  const status = await desk.status();
  assertEquals([status.state, status.ptrack?.attempt], ["running", 2]);
  assertEquals(status.ptrack?.owner?.pid, 777);
  const [, , third] = await desk.log();
  assertEquals([third?.event, third?.attempt], ["heartbeat", 1]);
});

Deno.test("what a process completed before it was resumed stays in the log", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  await desk.hook(STOP);
  desk.end();
  desk.begin(777);
  await desk.hook(PROMPT, { env: { CLAUDE_PID: "777" } });
  const events = (await desk.log()).map(({ event }) => event);
  assertEquals(events, [
    "started",
    "heartbeat",
    "waiting",
    "completed",
    "started",
    "heartbeat",
  ]);
});

Deno.test("two terminals on one conversation share its session", async () => {
  const desk = new AgentDesk();
  desk.begin(777);
  await desk.hook(PROMPT);
  await desk.hook(TOOL, { env: { CLAUDE_PID: "777" } });
  assertEquals((await desk.sessions()).length, 1);
  const status = await desk.status();
  assertEquals([status.ptrack?.attempt, status.ptrack?.owner?.pid], [1, 501]);
});

Deno.test("after its process's end, hooks of nobody known drop the owner", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  desk.end();
  await desk.hook(TOOL, { env: { CLAUDE_PID: "" } });
  const status = await desk.status();
  assertEquals([status.state, status.ptrack?.owner], ["running", null]);
});

Deno.test("what an agent has left behind does not hide that it ended", async () => {
  for (const [payload, expected] of [[STOP, "completed"], [TOOL, "crashed"]]) {
    const desk = new AgentDesk();
    await desk.hook(PROMPT);
    await desk.hook(payload);
    desk.end();
    const subagent = { agent_id: "a1", agent_type: "Explore" };
    await desk.hook({ hook_event_name: "SubagentStop", ...subagent });
    desk.pass(11);
    assertEquals(await word(desk), expected);
  }
});

Deno.test("clear begins a session of its own", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  await desk.hook(STOP);
  await desk.hook(end("clear"));
  const session_id = "99999999-next";
  await desk.hook({
    hook_event_name: "SessionStart",
    source: "clear",
    session_id,
  });
  await desk.hook({ ...PROMPT, session_id });
  assertEquals(await desk.sessions(), ["desk-7b0c1234", "desk-99999999"]);
  assertEquals(
    (await desk.status("claude", "desk-7b0c1234")).message,
    "Superseded by /clear",
  );
});

Deno.test("a session that was named goes on after clear", async () => {
  const desk = new AgentDesk();
  Object.assign(desk.env, { PTRACK_SESSION: "adr", PTRACK_WORKSPACE: "adrs" });
  await desk.hook(PROMPT);
  await desk.hook(end("clear"));
  desk.pass(11);
  assertEquals(await word(desk, "adrs"), "waiting");
  await desk.hook({ ...PROMPT, session_id: "99999999-next" });
  const status = await desk.status("adrs");
  assertEquals([status.state, status.ptrack?.attempt], ["running", 1]);
  assertEquals(await desk.sessions("adrs"), ["adr"]);
  await desk.hook({ ...STOP, session_id: "99999999-next" });
  await desk.hook({ ...end("other"), session_id: "99999999-next" });
  assertEquals(await word(desk, "adrs"), "completed");
});

Deno.test("a named session without a workspace is in the usual one", async () => {
  const desk = new AgentDesk();
  desk.env["PTRACK_SESSION"] = "adr";
  await desk.hook(PROMPT);
  assertEquals(await desk.sessions("default"), ["adr"]);
});

Deno.test("a workspace alone takes unnamed sessions", async () => {
  const desk = new AgentDesk();
  desk.env["PTRACK_WORKSPACE"] = "adrs";
  desk.env["PTRACK_BATCH"] = "monday";
  await desk.hook(PROMPT);
  assertEquals(await desk.sessions("adrs"), ["desk-7b0c1234"]);
  assertEquals((await desk.status("adrs")).ptrack?.batch, "monday");
});

Deno.test("an agent within an agent has a session of its own", async () => {
  const desk = new AgentDesk();
  Object.assign(desk.env, { PTRACK_SESSION: "adr", PTRACK_WORKSPACE: "adrs" });
  desk.begin(777);
  await desk.hook(PROMPT);
  const inner = { session_id: "deadbeef-inner" };
  const env = { CLAUDE_PID: "777" };
  await desk.hook({ ...PROMPT, ...inner }, { env });
  await desk.hook({ ...STOP, ...inner }, { env });
  await desk.hook({ ...end("other"), ...inner }, { env });
  assertEquals(await desk.sessions("adrs"), ["adr", "desk-deadbeef"]);
  assertEquals((await desk.status("adrs", "adr")).state, "running");
  assertEquals((await desk.status("adrs", "desk-deadbeef")).state, "completed");
});

Deno.test("agents one after the other share the session that was named", async () => {
  const desk = new AgentDesk();
  await desk.run(["start", "-s", "adr", "Two agents"]);
  desk.env["PTRACK_SESSION"] = "adr";
  await desk.hook(PROMPT);
  await desk.hook(STOP);
  await desk.hook(end("other"));
  assertEquals((await desk.status("default")).state, "running");
  desk.end();
  desk.begin(777);
  const env = { CLAUDE_PID: "777" };
  await desk.hook({ ...TOOL, session_id: "deadbeef-2" }, { env });
  const status = await desk.status("default");
  assertEquals(await desk.sessions("default"), ["adr"]);
  assertEquals(status.message, "Bash: make");
  assertEquals(status.ptrack?.agent?.session, "deadbeef-2");
});

Deno.test("a session that was begun by hand is ended by hand", async () => {
  const desk = new AgentDesk();
  await desk.run(["start", "-s", "adr", "By hand"]);
  desk.env["PTRACK_SESSION"] = "adr";
  for (const payload of [PROMPT, TOOL, end("other")]) await desk.hook(payload);
  assertEquals((await desk.status("default")).state, "running");
  await desk.hook(STOP);
  await desk.hook(end("other"));
  assertEquals((await desk.status("default")).state, "running");
  await desk.run(["complete", "-s", "adr"]);
  await desk.hook(PROMPT);
  const status = await desk.status("default");
  assertEquals([status.state, status.ptrack?.attempt], ["completed", 1]);
});

Deno.test("an agent of a superseded attempt has nothing to say", async () => {
  const desk = new AgentDesk();
  await desk.run(["start", "-s", "adr", "First"]);
  Object.assign(desk.env, { PTRACK_SESSION: "adr", PTRACK_ATTEMPT: "1" });
  await desk.hook(TOOL);
  await desk.run(["start", "-s", "adr", "--force", "Second"]);
  const before = (await desk.log("default")).length;
  for (const payload of [PROMPT, TOOL, STOP, end("other")]) {
    await desk.hook(payload);
  }
  assertEquals((await desk.log("default")).length, before);
  assertEquals((await desk.status("default")).message, "");
});

Deno.test("a session that ended itself stays so, whatever its hooks say", async () => {
  for (const verb of [["complete"], ["fail", "no way"]]) {
    const desk = new AgentDesk();
    const env = {
      CLAUDE_CODE_SESSION_ID: "7b0c1234-5678-4abc-9def-001122334455",
    };
    await desk.hook(PROMPT);
    assertEquals(await desk.run(verb, { env }), 0);
    const { state } = await desk.status();
    for (const payload of [TOOL, STOP, end("other"), PROMPT, TOOL]) {
      desk.pass(60);
      await desk.hook(payload);
    }
    const status = await desk.status();
    assertEquals([status.state, status.ptrack?.attempt], [state, 1]);
  }
});

Deno.test("an agent's shell finds its session by the agent's id", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  const env = {
    CLAUDE_CODE_SESSION_ID: "7b0c1234-5678-4abc-9def-001122334455",
  };
  assertEquals(
    await desk.run(["heartbeat", "--pct", "60", "-m", "Half"], { env }),
    0,
  );
  const status = await desk.status();
  assertEquals([status.progress_pct, status.message], [60, "Half"]);
  await desk.run(["waiting", "Which?"], { env });
  assertEquals(await word(desk), "waiting");
});

Deno.test("an agent's shell without a session is told what to do", async () => {
  const desk = new AgentDesk();
  await desk.hook(PROMPT);
  const env = { CLAUDE_CODE_SESSION_ID: "7b0c1234-another" };
  let message = "";
  await desk.run(["heartbeat"], { env }).catch((error) => {
    message = error.message;
  });
  assertMatch(message, /Cannot find the session .*"ptrack doctor"/);
});

Deno.test("conversations whose ids begin alike are told apart", async () => {
  const desk = new AgentDesk();
  await desk.hook({ ...PROMPT, session_id: "7b0c1234-aaaa-bbbb-cccc-dddd" });
  await desk.hook({ ...PROMPT, session_id: "7b0c1234-eeee-bbbb-cccc-dddd" });
  await desk.hook({ ...STOP, session_id: "7b0c1234-eeee-bbbb-cccc-dddd" });
  const sessions = await desk.sessions();
  assertEquals(sessions, ["desk-7b0c1234", "desk-7b0c1234-eeee-bbbb-c"]);
  assertEquals(
    (await desk.status("claude", "desk-7b0c1234")).ptrack?.waiting,
    null,
  );
});

/** A repository with a worktree beside it. */
function repository(desk: AgentDesk): void {
  const { files } = desk;
  const write = (path: string, text: string) =>
    files.createNew(path, new TextEncoder().encode(text), false);
  for (
    const path of [
      "/desk/app",
      "/desk/app/.git",
      "/desk/app/.git/worktrees",
      "/desk/app/.git/worktrees/adr-01",
      "/desk/app/lib",
      "/desk/adr-01",
    ]
  ) files.makeDirectory(path);
  write("/desk/app/.git/HEAD", "ref: refs/heads/Feature/Login\n");
  write("/desk/adr-01/.git", "gitdir: /desk/app/.git/worktrees/adr-01\n");
  write("/desk/app/.git/worktrees/adr-01/commondir", "../..\n");
  write("/desk/app/.git/worktrees/adr-01/HEAD", "ref: refs/heads/other\n");
}

Deno.test("a session is named after its branch, or its worktree", async () => {
  const desk = new AgentDesk();
  repository(desk);
  const root = { CLAUDE_PROJECT_DIR: "/desk/app" };
  await desk.hook({ ...PROMPT, cwd: "/desk/app/lib" }, { env: root });
  await desk.hook({ ...PROMPT, cwd: "/desk/adr-01", session_id: "abcdef01-2" });
  const names = desk.files.list("/desk/app/.parallel/claude")
    .map(({ name }) => name).sort();
  assertEquals(names, ["adr-01-abcdef01", "feature-login-7b0c1234"]);
});

Deno.test("an agent that moves on keeps its session and its place", async () => {
  const desk = new AgentDesk();
  repository(desk);
  const call = { env: { CLAUDE_PROJECT_DIR: "/desk/app" } };
  await desk.hook({ ...PROMPT, cwd: "/desk/app" }, call);
  await desk.hook({ ...TOOL, cwd: "/desk/adr-01" }, call);
  await desk.hook({ ...TOOL, cwd: "/tmp" }, call);
  const names = desk.files.list("/desk/app/.parallel/claude");
  assertEquals(names.map(({ name }) => name), ["feature-login-7b0c1234"]);
  assertEquals(desk.files.inspect("/tmp/.parallel"), null);
});

Deno.test("Gemini's hooks keep a session, in a workspace of their own", async () => {
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
  assertEquals(await word(desk, "gemini"), "waiting");
  await say("AfterTool", {
    tool_name: "write_file",
    tool_input: { file_path: "/desk/a" },
  });
  assertEquals((await desk.status("gemini")).message, "write_file a");
  await say("AfterAgent", { prompt_response: "done" });
  await say("SessionEnd", { reason: "exit" });
  assertEquals(await word(desk, "gemini"), "completed");
});

Deno.test("Codex's hooks, and its notify, keep a session", async () => {
  const desk = new AgentDesk();
  const call = { args: ["--format", "codex"], env: { CLAUDE_PID: "" } };
  await desk.hook({ ...PROMPT, turn_id: "t", model: "m" }, call);
  await desk.hook({
    ...TOOL,
    tool_name: "shell",
    tool_input: { command: ["bash", "-lc", "make test"] },
  }, call);
  assertEquals(
    (await desk.status("codex")).message,
    "shell: bash -lc make test",
  );
  await desk.hook({ hook_event_name: "Interrupt" }, call);
  assertEquals(await word(desk, "codex"), "waiting");
  await desk.hook(PROMPT, call);
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
  assertEquals(await word(desk, "codex"), "waiting");
});

Deno.test("a long payload is skimmed to the same as it is parsed", () => {
  const payload = {
    session_id: "s",
    cwd: "/w",
    hook_event_name: "PostToolUse",
    tool_name: "Write",
    tool_input: { file_path: "/w/a", content: 'x"\\\n}]{'.repeat(40_000) },
    tool_response: { list: [{ a: ["]", '\\"'] }, -1.5e3, true, null] },
    agent_id: "späte Größe \u{1f600}",
  };
  const bytes = new TextEncoder().encode(JSON.stringify(payload, null, 2));
  const skimmed = parsePayload(bytes);
  const { tool_input: { content: _, ...input }, ...rest } = payload;
  const { tool_input, ...others } = skimmed;
  assertEquals(others, rest);
  const { content, ...kept } = tool_input as Record<string, string>;
  assertEquals(kept, input);
  assert(payload.tool_input.content.startsWith(content!));
});

Deno.test("of a payload that is cut off, what is there is taken", () => {
  const payload = {
    session_id: "7b0c",
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command: 'make \\ "x" \u00e9\u{1f600}' },
    list: [1, { a: "b" }],
  };
  const text = new TextEncoder().encode(JSON.stringify(payload));
  for (let length = 0; length <= text.length; length++) {
    const found = parsePayload(text.subarray(0, length));
    const { session_id = "", tool_input = {} } = found as {
      session_id?: string;
      tool_input?: { command?: string };
    };
    assert("7b0c".startsWith(session_id));
    const { command = "" } = tool_input;
    assert(payload.tool_input.command.startsWith(command), command);
  }
  assertEquals(parsePayload(text), payload);
});

Deno.test("what is no object is an empty payload", () => {
  for (const text of ["", " ", "null", "[1]", "7", '"x"', "{", "\0", "}{"]) {
    assertEquals(parsePayload(new TextEncoder().encode(text)), {});
  }
});

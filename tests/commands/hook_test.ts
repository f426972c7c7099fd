/**
 * Lives of agents, in memory: which session a hook belongs to, who ends it, and
 * what happens when the agent's process ends.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { AGENT_PID, AgentDesk } from "../support/agent_desk.ts";
import { end, prompt, stop, tool } from "../support/hook_payloads.ts";

Deno.test("an agent that disappears after its turn has completed", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  await desk.hook(stop());
  desk.end();
  assertEquals(await desk.word(), "running");
  desk.pass(11);
  const report = await desk.look();
  assertEquals(report?.verdict.state, "completed");
  assertEquals(
    report?.verdict.reason,
    `Its process ${AGENT_PID} ended after its last turn`,
  );
  assertEquals(await desk.run(["monitor", "wait", "-w", "claude"]), 0);
});

Deno.test("an agent that disappears in mid-turn has crashed", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  desk.end();
  desk.pass(11);
  assertEquals(await desk.word(), "crashed");
});

Deno.test("an agent that disappears while parked has crashed", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  await desk.hook({ ...stop(), background_tasks: [{ id: "b" }] });
  desk.end();
  desk.pass(11);
  assertEquals(await desk.word(), "crashed");
});

Deno.test("a silent session is stale after 15 minutes and times out after 30", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  desk.pass(14 * 60);
  assertEquals(await desk.word(), "running");
  desk.pass(2 * 60);
  assertEquals(await desk.word(), "stale");
  desk.pass(15 * 60);
  assertEquals(await desk.word(), "timed_out");
  await desk.hook(tool());
  assertEquals(await desk.word(), "running");
});

Deno.test("an idle agent waits for days if its process is alive", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  await desk.hook(stop());
  desk.pass(3 * 24 * 3600);
  assertEquals(await desk.word(), "waiting");
  await desk.run(["monitor", "--waiting-count"]);
  assertEquals(desk.stdout, "1\n");
});

Deno.test("an idle agent without a known process times out after hours", async () => {
  const desk = new AgentDesk();
  desk.env = {};
  await desk.hook(prompt());
  await desk.hook(stop());
  desk.pass(3 * 3600);
  assertEquals(await desk.word(), "waiting");
  desk.pass(2 * 3600);
  assertEquals(await desk.word(), "timed_out");
});

Deno.test("a process id that does not exist is not the owner", async () => {
  for (const pid of ["999", "0", "-1", "x", "1e3", ""]) {
    const desk = new AgentDesk();
    desk.env = { CLAUDE_PID: pid };
    await desk.hook(prompt());
    assertEquals((await desk.status()).ptrack?.owner, null);
  }
});

Deno.test("a conversation that another process resumes begins a new attempt", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  desk.end();
  desk.begin(777, "900");
  const env = { CLAUDE_PID: "777" };
  await desk.hook({ hook_event_name: "SessionStart", source: "resume" }, {
    env,
  });
  desk.pass(11);
  await desk.hook(prompt(), { env });
  const status = await desk.status();
  assertEquals([status.state, status.ptrack?.attempt], ["running", 2]);
  assertEquals(status.ptrack?.owner?.pid, 777);
  const [, , third] = await desk.log();
  assertEquals([third?.event, third?.attempt], ["heartbeat", 1]);
});

Deno.test("the log keeps the end of an attempt that another process continues", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  await desk.hook(stop());
  desk.end();
  desk.begin(777);
  await desk.hook(prompt(), { env: { CLAUDE_PID: "777" } });
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
  await desk.hook(prompt());
  await desk.hook(tool(), { env: { CLAUDE_PID: "777" } });
  assertEquals((await desk.sessions()).length, 1);
  const status = await desk.status();
  assertEquals([status.ptrack?.attempt, status.ptrack?.owner?.pid], [1, 501]);
});

Deno.test("a hook without a process id drops an owner that is gone", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  desk.end();
  await desk.hook(tool(), { env: { CLAUDE_PID: "" } });
  const status = await desk.status();
  assertEquals([status.state, status.ptrack?.owner], ["running", null]);
});

Deno.test("late hooks of an agent do not hide that it has ended", async () => {
  for (
    const [payload, expected] of [[stop(), "completed"], [tool(), "crashed"]]
  ) {
    const desk = new AgentDesk();
    await desk.hook(prompt());
    await desk.hook(payload);
    desk.end();
    const subagent = { agent_id: "a1", agent_type: "Explore" };
    await desk.hook({ hook_event_name: "SubagentStop", ...subagent });
    desk.pass(11);
    assertEquals(await desk.word(), expected);
  }
});

Deno.test("clear begins a new session", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  await desk.hook(stop());
  await desk.hook(end("clear"));
  const session_id = "99999999-next";
  await desk.hook({
    hook_event_name: "SessionStart",
    source: "clear",
    session_id,
  });
  await desk.hook({ ...prompt(), session_id });
  assertEquals(await desk.sessions(), ["desk-7b0c1234", "desk-99999999"]);
  assertEquals(
    (await desk.status("claude", "desk-7b0c1234")).message,
    "Superseded by /clear",
  );
});

Deno.test("a named session goes on after clear", async () => {
  const desk = new AgentDesk();
  Object.assign(desk.env, { PTRACK_SESSION: "adr", PTRACK_WORKSPACE: "adrs" });
  await desk.hook(prompt());
  await desk.hook(end("clear"));
  desk.pass(11);
  assertEquals(await desk.word("adrs"), "waiting");
  await desk.hook({ ...prompt(), session_id: "99999999-next" });
  const status = await desk.status("adrs");
  assertEquals([status.state, status.ptrack?.attempt], ["running", 1]);
  assertEquals(await desk.sessions("adrs"), ["adr"]);
  await desk.hook({ ...stop(), session_id: "99999999-next" });
  await desk.hook({ ...end("other"), session_id: "99999999-next" });
  assertEquals(await desk.word("adrs"), "completed");
});

Deno.test("a named session without a workspace is in the default one", async () => {
  const desk = new AgentDesk();
  desk.env["PTRACK_SESSION"] = "adr";
  await desk.hook(prompt());
  assertEquals(await desk.sessions("default"), ["adr"]);
});

Deno.test("PTRACK_WORKSPACE alone takes unnamed sessions", async () => {
  const desk = new AgentDesk();
  desk.env["PTRACK_WORKSPACE"] = "adrs";
  desk.env["PTRACK_BATCH"] = "monday";
  await desk.hook(prompt());
  assertEquals(await desk.sessions("adrs"), ["desk-7b0c1234"]);
  assertEquals((await desk.status("adrs")).ptrack?.batch, "monday");
});

Deno.test("an agent that an agent starts has its own session", async () => {
  const desk = new AgentDesk();
  Object.assign(desk.env, { PTRACK_SESSION: "adr", PTRACK_WORKSPACE: "adrs" });
  desk.begin(777);
  await desk.hook(prompt());
  const inner = { session_id: "deadbeef-inner" };
  const env = { CLAUDE_PID: "777" };
  await desk.hook({ ...prompt(), ...inner }, { env });
  await desk.hook({ ...stop(), ...inner }, { env });
  await desk.hook({ ...end("other"), ...inner }, { env });
  assertEquals(await desk.sessions("adrs"), ["adr", "desk-deadbeef"]);
  assertEquals((await desk.status("adrs", "adr")).state, "running");
  assertEquals((await desk.status("adrs", "desk-deadbeef")).state, "completed");
});

Deno.test("agents that run one after the other share a named session", async () => {
  const desk = new AgentDesk();
  await desk.run(["start", "-s", "adr", "Two agents"]);
  desk.env["PTRACK_SESSION"] = "adr";
  await desk.hook(prompt());
  await desk.hook(stop());
  await desk.hook(end("other"));
  assertEquals((await desk.status("default")).state, "running");
  desk.end();
  desk.begin(777);
  const env = { CLAUDE_PID: "777" };
  await desk.hook({ ...tool(), session_id: "deadbeef-2" }, { env });
  const status = await desk.status("default");
  assertEquals(await desk.sessions("default"), ["adr"]);
  assertEquals(status.message, "Bash: make");
  assertEquals(status.ptrack?.agent?.session, "deadbeef-2");
});

Deno.test("hooks do not end a session that was started by hand", async () => {
  const desk = new AgentDesk();
  await desk.run(["start", "-s", "adr", "By hand"]);
  desk.env["PTRACK_SESSION"] = "adr";
  for (const payload of [prompt(), tool(), end("other")]) {
    await desk.hook(payload);
  }
  assertEquals((await desk.status("default")).state, "running");
  await desk.hook(stop());
  await desk.hook(end("other"));
  assertEquals((await desk.status("default")).state, "running");
  await desk.run(["complete", "-s", "adr"]);
  await desk.hook(prompt());
  const status = await desk.status("default");
  assertEquals([status.state, status.ptrack?.attempt], ["completed", 1]);
});

Deno.test("an agent of a superseded attempt records nothing", async () => {
  const desk = new AgentDesk();
  await desk.run(["start", "-s", "adr", "First"]);
  Object.assign(desk.env, { PTRACK_SESSION: "adr", PTRACK_ATTEMPT: "1" });
  await desk.hook(tool());
  await desk.run(["start", "-s", "adr", "--force", "Second"]);
  const before = (await desk.log("default")).length;
  for (const payload of [prompt(), tool(), stop(), end("other")]) {
    await desk.hook(payload);
  }
  assertEquals((await desk.log("default")).length, before);
  assertEquals((await desk.status("default")).message, "");
});

Deno.test("hooks do not change a session that has ended itself", async () => {
  for (const verb of [["complete"], ["fail", "no way"]]) {
    const desk = new AgentDesk();
    const env = {
      CLAUDE_CODE_SESSION_ID: "7b0c1234-5678-4abc-9def-001122334455",
    };
    await desk.hook(prompt());
    assertEquals(await desk.run(verb, { env }), 0);
    const { state } = await desk.status();
    for (const payload of [tool(), stop(), end("other"), prompt(), tool()]) {
      desk.pass(60);
      await desk.hook(payload);
    }
    const status = await desk.status();
    assertEquals([status.state, status.ptrack?.attempt], [state, 1]);
  }
});

Deno.test("tracking verbs in an agent's shell find its session", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
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
  assertEquals(await desk.word(), "waiting");
});

Deno.test("tracking verbs in an agent's shell explain a missing session", async () => {
  const desk = new AgentDesk();
  await desk.hook(prompt());
  const env = { CLAUDE_CODE_SESSION_ID: "7b0c1234-another" };
  let message = "";
  await desk.run(["heartbeat"], { env }).catch((error) => {
    message = error.message;
  });
  assertMatch(message, /Cannot find the session .*"ptrack doctor"/);
});

Deno.test("conversations whose ids begin alike have different sessions", async () => {
  const desk = new AgentDesk();
  await desk.hook({ ...prompt(), session_id: "7b0c1234-aaaa-bbbb-cccc-dddd" });
  await desk.hook({ ...prompt(), session_id: "7b0c1234-eeee-bbbb-cccc-dddd" });
  await desk.hook({ ...stop(), session_id: "7b0c1234-eeee-bbbb-cccc-dddd" });
  const sessions = await desk.sessions();
  assertEquals(sessions, ["desk-7b0c1234", "desk-7b0c1234-eeee-bbbb-c"]);
  assertEquals(
    (await desk.status("claude", "desk-7b0c1234")).ptrack?.waiting,
    null,
  );
});

/** Makes a repository, and a worktree beside it. */
function repository(desk: AgentDesk): void {
  const { files } = desk;
  const write = (path: string, text: string) =>
    files.createNew(path, new TextEncoder().encode(text));
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

Deno.test("a session is named after its branch or worktree", async () => {
  const desk = new AgentDesk();
  repository(desk);
  const root = { CLAUDE_PROJECT_DIR: "/desk/app" };
  await desk.hook({ ...prompt(), cwd: "/desk/app/lib" }, { env: root });
  await desk.hook({
    ...prompt(),
    cwd: "/desk/adr-01",
    session_id: "abcdef01-2",
  });
  const names = desk.files.list("/desk/app/.parallel/claude")
    .map(({ name }) => name).sort();
  assertEquals(names, ["adr-01-abcdef01", "feature-login-7b0c1234"]);
});

Deno.test("an agent that changes its directory keeps its session", async () => {
  const desk = new AgentDesk();
  repository(desk);
  const call = { env: { CLAUDE_PROJECT_DIR: "/desk/app" } };
  await desk.hook({ ...prompt(), cwd: "/desk/app" }, call);
  await desk.hook({ ...tool(), cwd: "/desk/adr-01" }, call);
  await desk.hook({ ...tool(), cwd: "/tmp" }, call);
  const names = desk.files.list("/desk/app/.parallel/claude");
  assertEquals(names.map(({ name }) => name), ["feature-login-7b0c1234"]);
  assertEquals(desk.files.inspect("/tmp/.parallel"), null);
});

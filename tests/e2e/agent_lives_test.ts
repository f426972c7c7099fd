/**
 * Lives of a session, driven by a stand-in that calls hooks as Claude Code
 * does: what the dashboard shows after each step.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { Agent } from "../support/agent.ts";
import {
  end,
  permission,
  prompt,
  start,
  stop,
  tool,
} from "../support/hook_payloads.ts";
import { eventually, Place } from "../support/program.ts";

const SESSION = "7b0c1234-5678-4abc-9def-001122334455";
const NAME = "desk-7b0c1234";

const EVENTS = [
  "SessionStart",
  "UserPromptSubmit",
  "PostToolUse",
  "PostToolUseFailure",
  "PermissionRequest",
  "Notification",
  "Stop",
  "StopFailure",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "SessionEnd",
];

/** A directory for agents, whose hooks are set up. */
class AgentPlace extends Place {
  readonly settings = this.at("settings.json");

  constructor() {
    super();
    const hooks = Object.fromEntries(
      EVENTS.map((event) => [event, [{
        hooks: [{ type: "command", command: "ptrack hook", timeout: 5 }],
      }]]),
    );
    Deno.writeTextFileSync(this.settings, JSON.stringify({ hooks }));
  }

  agent(env: Record<string, string> = {}, session = SESSION): Agent {
    return new Agent({
      cwd: this.path,
      settings: this.settings,
      session,
      env: { PATH: this.searchPath(), ...env },
    });
  }

  /** The icon and message of a session on the dashboard. */
  async row(name = NAME, ...args: string[]): Promise<string> {
    const { stdout } = await this.run("monitor", "-w", "claude", ...args);
    const line = stdout.split("\n").find((text) => text.includes(name)) ?? "";
    return line.replace(/^ *(\[.\]).*\| (.*)$/, "$1 $2");
  }

  /** Waits until the dashboard shows this. */
  async shows(row: string, name = NAME): Promise<void> {
    let seen = "";
    await eventually(async () => (seen = await this.row(name)) === row, 30_000)
      .catch(() => assertEquals(seen, row));
  }
}

Deno.test("a normal life: started, running, idle, completed", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(start());
  assertEquals((await place.run("monitor", "-w", "claude")).code, 3);
  await agent.fire(prompt("Draft it"));
  assertEquals(await place.row(), "[~] Prompt: Draft it");
  await agent.fire(tool("make test"));
  assertEquals(await place.row(), "[~] Bash: make test");
  await agent.fire(stop());
  assertEquals(await place.row(), "[~] Bash: make test");
  // An agent that has just spoken may be about to go on.
  place.age("claude", NAME);
  await place.shows("[w] the next prompt");
  assertEquals(await place.ok("monitor", "--waiting-count"), "1\n");
  await agent.fire(end());
  await agent.exit();
  assertEquals(await place.row(), "[+] Bash: make test");
  assertEquals((await place.run("monitor", "wait", "-w", "claude")).code, 0);
});

Deno.test("a permission request is shown, and ends wait --until-waiting", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt());
  const wait = place.run("monitor", "wait", "-w", "claude", "--until-waiting");
  await agent.fire(permission("rm -rf build"));
  assertEquals((await wait).code, 5);
  assertEquals(await place.row(), "[w] Allow Bash: rm -rf build?");
  await agent.fire(tool("rm -rf build"));
  assertEquals(await place.row(), "[~] Bash: rm -rf build");
});

Deno.test("an interrupted session runs until it is stale, and goes on with the next prompt", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt("Draft it"));
  await agent.fire(tool("make"));
  // Escape: no hook is called.
  assertEquals(await place.row(), "[~] Bash: make");
  const quiet = await place.row(NAME, "--heartbeat-timeout", "0.001s");
  assertMatch(quiet, /^\[!\] No heartbeat for/);
  await agent.fire(prompt("No, like this"));
  assertEquals(await place.row(), "[~] Prompt: No, like this");
});

Deno.test("a killed agent has crashed at once", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt());
  await agent.kill();
  place.age("claude", NAME);
  const wait = await place.run("monitor", "wait", "-w", "claude");
  assertEquals(wait.code, 1);
  await place.shows(`[!] Its process ${agent.pid} is gone`);
});

Deno.test("print mode without SessionEnd completes when the process is gone", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt(), start());
  await agent.fire(tool("make"));
  await agent.fire(stop());
  await agent.exit();
  place.age("claude", NAME);
  assertEquals((await place.run("monitor", "wait", "-w", "claude")).code, 0);
  assertMatch(await place.row(), /^\[\+\]/);
  const summary = await place.summary("claude");
  assertEquals(summary.completed, 1);
  const [{ verdict }] = summary.sessions;
  assertEquals(verdict.recorded_state, "running");
  assertMatch(verdict.reason, /ended after its last turn$/);
});

Deno.test("compaction changes nothing", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt());
  await agent.fire(tool("make"));
  await agent.fire({ hook_event_name: "PreCompact", trigger: "auto" });
  await agent.fire(start("compact"));
  assertEquals(await place.row(), "[~] Bash: make");
});

Deno.test("/clear completes a session and begins another", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt());
  await agent.fire(stop());
  await agent.fire(end("clear"));
  await agent.rename("deadbeef-0000");
  await agent.fire(start("clear"));
  assertEquals(await place.row(), "[+] Superseded by /clear");
  await agent.fire(prompt("Again"));
  assertEquals(await place.row("desk-deadbeef"), "[~] Prompt: Again");
});

Deno.test("another process resumes in a new attempt", async () => {
  await using place = new AgentPlace();
  await using first = place.agent();
  await first.fire(prompt());
  await first.kill();
  await using second = place.agent();
  await second.fire(start("resume"));
  await second.fire(prompt("Go on"));
  assertEquals(await place.row(), "[~] Prompt: Go on");
  const { ptrack } = place.status("claude", NAME);
  assertEquals([ptrack.attempt, ptrack.owner.pid], [2, second.pid]);
  await second.fire(stop());
  await second.fire(end());
  assertEquals(await place.row(), "[+] Prompt: Go on");
});

Deno.test("subagents run beside the session, and their questions are shown", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  const helper = (id: string) => ({ agent_id: id, agent_type: "Explore" });
  await agent.fire(prompt());
  await agent.fire(
    ...["a", "b", "c"].map((id) => ({
      hook_event_name: "SubagentStart",
      ...helper(id),
    })),
  );
  const running = () => place.status("claude", NAME).metadata.subagents_running;
  assertEquals(running(), 3);
  await agent.fire(tool("grep", helper("a")), tool("find", helper("b")));
  assertEquals(await place.row(), "[~] Prompt: Draft it");
  await agent.fire(permission("curl", helper("c")));
  assertEquals(await place.row(), "[w] Explore: Allow Bash: curl?");
  await agent.fire(tool("curl", helper("c")));
  assertEquals(await place.row(), "[~] Prompt: Draft it");
  await agent.fire(stop({ background_tasks: [{ id: "a", type: "subagent" }] }));
  assertEquals(await place.row(), "[~] Parked: 1 background task");
  await agent.fire(
    ...["a", "b", "c"].map((id) => ({
      hook_event_name: "SubagentStop",
      ...helper(id),
    })),
  );
  assertEquals(running(), 0);
  await agent.fire(tool("make"));
  assertEquals(await place.row(), "[~] Bash: make");
});

Deno.test("failures of parallel tools are all counted", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt());
  const failures = Array.from({ length: 5 }, (_, at) => ({
    ...tool(`cmd${at}`),
    hook_event_name: "PostToolUseFailure",
    error: "Exit code 1",
  }));
  await agent.fire(...failures, tool("fine"));
  assertEquals(place.status("claude", NAME).errors.length, 5);
  assertMatch(await place.row(), /^\[~\] Bash: /);
});

Deno.test("an agent that ends in mid-turn has failed", async () => {
  await using place = new AgentPlace();
  await using agent = place.agent();
  await agent.fire(prompt());
  await agent.fire(end("prompt_input_exit"));
  await agent.exit();
  assertMatch(await place.row(), /^\[X\] FAILED: Ended in mid-turn \(prompt/);
});

Deno.test("an agent that is started with a name has that session", async () => {
  await using place = new AgentPlace();
  const env = { PTRACK_SESSION: "adr-01", PTRACK_WORKSPACE: "claude" };
  await using agent = place.agent(env);
  await agent.fire(start());
  await agent.fire(prompt("Draft"));
  assertEquals(await place.row("adr-01"), "[~] Prompt: Draft");
  await agent.fire(stop());
  await agent.fire(end());
  assertEquals(place.names("claude"), ["adr-01"]);
  assertEquals(place.status("claude", "adr-01").state, "completed");
});

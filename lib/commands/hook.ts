/**
 * `ptrack hook`: an agent tells of a step, and its session records it. One call
 * is one story: understand the payload, find the session, decide, record. It
 * only observes: it is silent and successful, whatever happens, and tells what
 * it did only to the file that PTRACK_HOOK_DEBUG names.
 */
import { basename, resolve } from "@std/path";
import { claude } from "../agents/claude.ts";
import { codex } from "../agents/codex.ts";
import { gemini } from "../agents/gemini.ts";
import { beginsSession, type HookFormat } from "../agents/hook_event.ts";
import { nameSession, sessionsNamedAfter } from "../agents/identity.ts";
import { parsePayload, readPayload } from "../agents/payload.ts";
import { type Context, nextEvents } from "../agents/state_machine.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { namedDirectory, parseCount, variable } from "../cli/options.ts";
import { explain, NotFoundError, oneLine, RefusedError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { processInspector } from "../process/owners.ts";
import { agentOf } from "../session/agent.ts";
import { checkName, DEFAULT_WORKSPACE } from "../session/names.ts";
import { formatTimestamp } from "../session/times.ts";
import type { JsonObject, NewEvent, Status } from "../session/types.ts";
import { findCheckout } from "../store/checkout.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";

/** The agents whose hooks are understood, by their `--format`. */
const HOOK_FORMATS: Record<string, HookFormat> = { claude, codex, gemini };

export const command: Command = {
  name: "hook",
  summary: "Record a step of a coding agent, as its hook",
  operands: {
    kind: "text",
    name: "PAYLOAD",
    required: false,
    help: "The payload; if not given, or -, standard input has it",
  },
  options: [
    {
      name: "format",
      value: "AGENT",
      choices: Object.keys(HOOK_FORMATS),
      help: "Whose hooks these are: claude, codex or gemini (claude)",
    },
    {
      name: "no-prompts",
      help: "Keep no text of people: only names, such as a tool's",
    },
  ],
  details: [
    'Coding agents run it at each step; "ptrack init --claude-code" sets it ' +
    "up. It prints nothing and always exits 0, so that it never disturbs the " +
    "agent. It appends the result of each call to the file that " +
    "PTRACK_HOOK_DEBUG names.",
    "The session is PTRACK_SESSION. Without that, it is a session in the " +
    "workspace with the name of the agent (claude, codex or gemini), named " +
    "after the worktree or branch. It begins with the first prompt or tool " +
    "call.",
  ],
  examples: [
    ["ptrack hook --no-prompts", "as a hook of Claude Code"],
    ["ptrack hook --format gemini", "as a hook of Gemini CLI"],
  ],
  isReport: true,
  exitCodes: [[0, "always"]],
  usageExitCode: 0,
  async run(platform, invocation) {
    const [operand] = invocation.operands;
    try {
      const payload = operand === undefined || operand === "-"
        ? await readPayload(platform)
        : await parsePayload(new TextEncoder().encode(operand));
      const call = understand(platform, invocation, payload);
      const recorded = await recordInSession(call) ??
        "no session: nothing to record";
      debug(platform, `${call.event.name || "no event"}: ${recorded}`);
    } catch (error) {
      debug(platform, `not recorded: ${explain(error)}`);
    }
    return 0;
  },
};

/** Appends a line to the debug log, if there is one. */
function debug(platform: Platform, text: string): void {
  const path = variable(platform, "PTRACK_HOOK_DEBUG");
  if (path === null) return;
  try {
    const file = platform.files.open(path, "create");
    const at = formatTimestamp(platform.clock.nowUs());
    file.append(new TextEncoder().encode(`${at} ${oneLine(text)}\n`));
    file.close();
  } catch {
    // There is nobody to tell.
  }
}

/** One call, with all that is known of it. */
interface Call extends Omit<Context, "isNamed"> {
  store: SessionStore;
  workspace: string;
  /** The session that whoever launched the agent named; "" if none. */
  session: string;
}

/** What the payload tells, and what the environment tells of it. */
function understand(
  platform: Platform,
  invocation: Invocation,
  payload: JsonObject,
): Call {
  const format = invocation.text("format") ?? "claude";
  const { agent, variables, read } = HOOK_FORMATS[format]!;
  const env = (name = "") => name && platform.env(name) || "";
  const keepsText = !invocation.flag("no-prompts");
  const event = read(payload, keepsText);
  event.conversation ||= env(variables.conversation);
  const directory = absolute(platform, event.directory) ??
    absolute(platform, env(variables.directory)) ??
    platform.workingDirectory();
  // Agents move about; the directory where one began tells which store is its.
  const project = absolute(platform, env(variables.project)) ?? directory;
  const root = namedDirectory(platform, invocation);
  const session = env("PTRACK_SESSION");
  const attempt = session && env("PTRACK_ATTEMPT");
  return {
    store: openStore(platform, root, { from: project }),
    event,
    workspace: env("PTRACK_WORKSPACE") ||
      (session === "" ? format : DEFAULT_WORKSPACE),
    session,
    findCheckout: () => findCheckout(platform, directory),
    nowUs: platform.clock.nowUs(),
    inspector: processInspector(platform),
    pid: processId(env(variables.process)) ??
      processId(env("PTRACK_OWNER_PID")),
    attempt: attempt === "" ? null : parseCount(attempt, "PTRACK_ATTEMPT"),
    batch: env("PTRACK_BATCH") || null,
    format,
    agent,
    directory,
  };
}

/** Null if the text is no id of a process, as where the variable is not set. */
function processId(text: string): number | null {
  return text !== "" && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

/** The path in its plain form; null if it is not absolute. */
function absolute(platform: Platform, path: string): string | null {
  const isAbsolute = path.startsWith("/") ||
    platform.system === "windows" && /^[A-Za-z]:[\\/]/.test(path);
  if (!isAbsolute || path.includes("\0")) return null;
  // `resolve` takes its time, and most paths are plain already.
  const isPlain = !path.includes("//") && !path.includes("/.") &&
    !path.includes("\\") && (path === "/" || !path.endsWith("/"));
  return isPlain ? path : resolve(path);
}

/** Finds the session of a call and records in it; null if there is none. */
async function recordInSession(call: Call): Promise<string | null> {
  const { store, event, session, directory } = call;
  const workspace = checkName(call.workspace, "workspace");
  if (session !== "") {
    const recorded = await record(call, checkName(session, "session"));
    if (recorded !== null) return recorded;
  }
  if (event.conversation === "") return null;
  const taken = await sessionsNamedAfter(store, workspace, event.conversation);
  for (const sessionId of taken) {
    const recorded = await record(call, sessionId);
    if (recorded !== null) return recorded;
  }
  if (!beginsSession(event)) return null;
  const checkout = call.findCheckout();
  const name = checkout?.worktree ?? checkout?.branch ?? basename(directory);
  return await record(call, nameSession(event.conversation, name, taken));
}

/** How often to decide anew after another hook's event came first. */
const TRIES = 4;

/**
 * Records the event in a session; returns the session and what was recorded,
 * for the debug log, or null if the session is another agent's.
 */
async function record(call: Call, sessionId: string): Promise<string | null> {
  const { store, event, workspace } = call;
  const ref = { workspace, sessionId };
  const name = `${workspace}/${sessionId}`;
  const isNamed = sessionId === call.session;
  const attempt = isNamed ? call.attempt : null;
  // Most sessions are there, and then less is to be done.
  let create = false;
  for (let tried = 0; tried < TRIES; tried++) {
    let decided: NewEvent[] | null = [];
    try {
      const { counted } = await store.record(ref, ({ status }) => {
        decided = isOurs(status, call, isNamed)
          ? nextEvents(status, { ...call, isNamed, attempt })
          : null;
        const [first] = decided ?? [];
        if (first === undefined) throw new RefusedError("Nothing to record");
        return first;
      }, { create });
      if (!counted) continue;
    } catch (error) {
      if (decided === null) return null;
      if (
        error instanceof NotFoundError && !create && beginsSession(event)
      ) {
        create = true;
        // Nobody came first.
        tried--;
        continue;
      }
      const isNothing = decided.length === 0 &&
        (error instanceof RefusedError || error instanceof NotFoundError);
      if (isNothing) break;
      throw error;
    }
    for (const newEvent of decided.slice(1)) {
      await store.record(ref, () => newEvent);
    }
    return `${name}: ${decided.map(({ event }) => event).join(", ")}`;
  }
  return `${name}: nothing to record`;
}

/** Whether a session belongs to the agent that calls. */
function isOurs(status: Status, call: Call, isNamed: boolean): boolean {
  const { inspector, pid, event: { conversation } } = call;
  const { session, process: driver } = agentOf(status);
  if (session === "" || session === conversation) return true;
  if (!isNamed) return false;
  // An agent that another agent starts inherits the name, not the session.
  if (conversation === "" || driver === null || pid === null) return true;
  const state = inspector.inspect(driver.pid);
  const isAlive = state.kind === "alive" && state.started === driver.started;
  return driver.pid === pid || !isAlive;
}

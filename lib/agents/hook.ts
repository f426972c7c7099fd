/**
 * `ptrack hook`: an agent tells of a step, and its session records it. One call
 * is one story: understand the payload, find the session, decide, record. It
 * only observes; whatever goes wrong is told to the debug log alone.
 */
import { basename, resolve } from "@std/path";
import { parseCount } from "../cli/options.ts";
import { NotFoundError, RefusedError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { processInspector } from "../process/owners.ts";
import { agentOf } from "../session/agent.ts";
import { checkName, DEFAULT_WORKSPACE } from "../session/names.ts";
import type { JsonObject, NewEvent, Status } from "../session/types.ts";
import { findCheckout } from "../store/checkout.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { beginsSession, type HookFormat, type Kept } from "./hook_event.ts";
import { nameSession, sessionsNamedAfter } from "./identity.ts";
import { type Context, nextEvents } from "./state_machine.ts";

/** The agents whose hooks are understood, by their `--format`. */
export const HOOK_FORMATS = {
  claude,
  codex,
  gemini,
} satisfies Record<string, HookFormat>;

/** Whose hooks call. */
export type Format = keyof typeof HOOK_FORMATS;

/** How a hook is called. */
export interface HookOptions {
  format: Format;
  kept: Kept;
  /** The `.parallel` directory that was named; null to look for it. */
  root: string | null;
}

/**
 * Records what a payload tells; returns a line for the debug log. Throws what
 * prevents it.
 */
export async function recordHook(
  platform: Platform,
  payload: JsonObject,
  { format, kept, root }: HookOptions,
): Promise<string> {
  const { agent, variables, read }: HookFormat = HOOK_FORMATS[format];
  const variable = (name = "") => name && platform.env(name) || "";
  const event = read(payload, kept);
  event.conversation ||= variable(variables.conversation);
  const directory = absolute(platform, event.directory) ??
    absolute(platform, variable(variables.directory)) ??
    platform.workingDirectory();
  // Agents move about; the directory where one began tells which store is its.
  const project = absolute(platform, variable(variables.project)) ?? directory;
  const pid = [variables.process, "PTRACK_OWNER_PID"].map(variable)
    .find((value) => /^[1-9]\d{0,14}$/.test(value));
  const session = variable("PTRACK_SESSION");
  const attempt = session && variable("PTRACK_ATTEMPT");
  const recorded = await recordInSession({
    store: openStore(platform, root, project),
    event,
    workspace: variable("PTRACK_WORKSPACE") ||
      (session === "" ? format : DEFAULT_WORKSPACE),
    session,
    findCheckout: () => findCheckout(platform, directory),
    nowUs: platform.clock.nowUs(),
    inspector: processInspector(platform),
    pid: pid === undefined ? null : Number(pid),
    attempt: attempt === "" ? null : parseCount(attempt, "PTRACK_ATTEMPT"),
    batch: variable("PTRACK_BATCH") || null,
    format,
    agent,
    directory,
  });
  return `${event.name || "no event"}: ${
    recorded ?? "no session: nothing to record"
  }`;
}

/** The path in its plain form; null if it is not absolute. */
function absolute(platform: Platform, path: string): string | null {
  const isAbsolute = path.startsWith("/") ||
    platform.system === "windows" && /^[A-Za-z]:[\\/]/.test(path);
  if (!isAbsolute || path.includes("\0")) return null;
  // `resolve` takes its time, and most paths are plain already.
  return /\/[/.]|\\|.\/$/.test(path) ? resolve(path) : path;
}

/** One call, with all that is known of it. */
interface Call extends Omit<Context, "isNamed"> {
  store: SessionStore;
  workspace: string;
  /** The session that whoever launched the agent named; "" if none. */
  session: string;
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
      }, { create: beginsSession(event) });
      if (!counted) continue;
    } catch (error) {
      if (decided === null) return null;
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

/**
 * `ptrack hook`: an agent tells of a step, and its session records it. One call
 * is one story: understand the payload, find the session, decide, record. It
 * only observes; whatever goes wrong is told to the debug log alone.
 */
import { basename, resolve } from "@std/path";
import { NotFoundError, RefusedError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import {
  describeOwner,
  livenessOfOwner,
  type ProcessInspector,
  processInspector,
} from "../process/owners.ts";
import { agentOf } from "../session/agent.ts";
import { checkName } from "../session/names.ts";
import type {
  JsonObject,
  NewEvent,
  SessionRef,
  Status,
} from "../session/types.ts";
import { findCheckout } from "../store/checkout.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import {
  beginsSession,
  type HookEvent,
  type HookFormat,
  type PrivacyOptions,
} from "./hook_event.ts";
import {
  isDrivenByAnother,
  nameSession,
  sessionsNamedAfter,
} from "./identity.ts";
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
  privacy: PrivacyOptions;
  /** The `.parallel` directory that was named; null to look for it. */
  directory: string | null;
  workspace: string;
  /** The session that whoever launched the agent named; null if none. */
  session: string | null;
  /** The attempt of that session; null if unknown. */
  attempt: number | null;
  batch: string | null;
}

/**
 * Records what a payload tells; returns a line for the debug log. Throws what
 * prevents it.
 */
export async function recordHook(
  platform: Platform,
  payload: JsonObject,
  options: HookOptions,
): Promise<string> {
  const { agent, variables, read }: HookFormat = HOOK_FORMATS[options.format];
  const variable = (name = "") => name && platform.env(name) || "";
  const event = read(payload, options.privacy);
  event.conversation ||= variable(variables.conversation);
  const directory = absolute(platform, event.directory) ??
    absolute(platform, variable(variables.directory)) ??
    platform.workingDirectory();
  // Agents move about; the directory where one began tells which store is its.
  const project = absolute(platform, variable(variables.project)) ?? directory;
  const pid = [variables.process, "PTRACK_OWNER_PID"].map(variable)
    .find((value) => /^[1-9]\d{0,14}$/.test(value));
  const recorded = await recordInSession({
    platform,
    store: openStore(platform, options.directory, project),
    inspector: processInspector(platform),
    event,
    options,
    agent,
    pid: pid === undefined ? null : Number(pid),
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

/** Everything about one call. */
interface Call {
  platform: Platform;
  store: SessionStore;
  inspector: ProcessInspector;
  event: HookEvent;
  options: HookOptions;
  /** The agent's name, for people. */
  agent: string;
  /** The agent's process id; null if unknown. */
  pid: number | null;
  /** Where the agent works. */
  directory: string;
}

/** Finds the session of a call and records in it; null if there is none. */
async function recordInSession(call: Call): Promise<string | null> {
  const { platform, store, inspector, event, options, pid, directory } = call;
  const { conversation } = event;
  const workspace = checkName(options.workspace, "workspace");
  if (options.session !== null) {
    const sessionId = checkName(options.session, "session");
    // An agent that another agent starts inherits the name, not the session.
    const isOurs = (status: Status) =>
      !isDrivenByAnother(inspector, status, { conversation, pid });
    const recorded = await record(call, { workspace, sessionId }, isOurs);
    if (recorded !== null) return recorded;
  }
  if (conversation === "") return null;
  const isOurs = (status: Status) =>
    ["", conversation].includes(agentOf(status).session);
  const taken = await sessionsNamedAfter(conversation, { store, workspace });
  for (const sessionId of taken) {
    const recorded = await record(call, { workspace, sessionId }, isOurs);
    if (recorded !== null) return recorded;
  }
  if (!beginsSession(event)) return null;
  const checkout = findCheckout(platform, directory);
  const place = checkout?.worktree ?? checkout?.branch ?? basename(directory);
  const sessionId = nameSession(conversation, place, taken);
  return await record(call, { workspace, sessionId }, isOurs);
}

/** How often to decide anew after another hook's event came first. */
const TRIES = 4;

/**
 * Records the event in a session; returns the session and what was recorded,
 * for the debug log, or null if the session is another agent's.
 */
async function record(
  call: Call,
  ref: SessionRef,
  isOurs: (status: Status) => boolean,
): Promise<string | null> {
  const { store, event } = call;
  const name = `${ref.workspace}/${ref.sessionId}`;
  const context = contextOf(call, ref);
  for (let tried = 0; tried < TRIES; tried++) {
    let decided: NewEvent[] | null = [];
    try {
      const { counted } = await store.record(ref, ({ status }) => {
        decided = isOurs(status) ? nextEvents(status, event, context) : null;
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

function contextOf(call: Call, { sessionId }: SessionRef): Context {
  const { platform, inspector, event, options, pid, directory } = call;
  const isNamed = sessionId === options.session;
  return {
    nowUs: platform.clock.nowUs(),
    isNamed,
    attempt: isNamed ? options.attempt : null,
    pid,
    describeProcess: () =>
      pid === null || inspector.inspect(pid).kind === "gone"
        ? null
        : describeOwner(inspector, pid),
    isGone: (owner) => livenessOfOwner(inspector, owner) === "gone",
    batch: options.batch,
    describeSession() {
      const { path = null, branch = null } =
        findCheckout(platform, directory) ?? {};
      return {
        agent: options.format,
        cwd: directory,
        ...(path === null ? {} : { worktree: path }),
        ...(branch === null ? {} : { branch }),
        ...(event.transcript === "" ? {} : { transcript: event.transcript }),
      };
    },
    description: `${call.agent} session`,
  };
}

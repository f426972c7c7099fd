/**
 * What a hook's event makes of a session: the state that is there, and the
 * event, give the new events to record. Hooks begin a session, end what they
 * have begun, and otherwise only add to it. Pure.
 */
import {
  describeOwner,
  livenessOfOwner,
  type ProcessInspector,
} from "../process/owners.ts";
import { type AgentNews, agentOf, askingOf } from "../session/agent.ts";
import { hasEnded } from "../session/status.ts";
import { parseTimestamp } from "../session/times.ts";
import type {
  EventName,
  JsonObject,
  NewEvent,
  Owner,
  Status,
} from "../session/types.ts";
import type { Checkout } from "../store/checkout.ts";
import { beginsSession, type HookEvent, NEXT_PROMPT } from "./hook_event.ts";

/** Hooks are silent while a tool runs or a model thinks. */
const HEARTBEAT_TIMEOUT_S = 30 * 60;
/** People leave a session open for days; its process tells when it is over. */
const SESSION_TIMEOUT_S = 7 * 24 * 3_600;
/** Hooks run in parallel: one may arrive so long after the session's end. */
const STRAGGLER_S = 10;

/** What is known besides the status of the session. */
export interface Context {
  event: HookEvent;
  nowUs: number;
  inspector: ProcessInspector;
  /** The agent's process id; null if unknown. */
  pid: number | null;
  /** Whoever launched the agent named the session. */
  isNamed: boolean;
  /** The attempt that the agent was told; null for the current one. */
  attempt: number | null;
  batch: string | null;
  /** The agent's name for programs, and for people. */
  format: string;
  agent: string;
  /** Where the agent works. */
  directory: string;
  /** The checkout that it works in; null outside git. */
  findCheckout(): Checkout | null;
}

/** An event to record, before its attempt is known. */
type Change = Omit<NewEvent, "attempt">;

/** The events to record, in order; none if the event changes nothing. */
export function nextEvents(status: Status, context: Context): NewEvent[] {
  const attempt = status.ptrack?.attempt ?? 0;
  // An agent of a superseded attempt has no say in the current one.
  if (context.attempt !== null && context.attempt !== attempt) return [];
  const before = changesBeforeNewAttempt(status, context);
  if (before === null) {
    return status.state === "running"
      ? inAttempt(attempt, changesOf(status, context))
      : [];
  }
  // A last attempt without an end: its process has crashed.
  const isCrashed = before.length === 0 && status.state === "running";
  const details = startDetails(context);
  return [
    ...inAttempt(attempt, before),
    ...inAttempt(attempt + 1, [
      change("started", isCrashed ? { ...details, over: "crashed" } : details),
      ...stateChanges(status, context)
        .map((change) => withNews(change, context.event.tasks)),
    ]),
  ];
}

function inAttempt(attempt: number, changes: readonly Change[]): NewEvent[] {
  return changes.map((change) => ({ ...change, attempt }));
}

/** What ends the last attempt before a new one; null if none is to begin. */
function changesBeforeNewAttempt(
  status: Status,
  context: Context,
): Change[] | null {
  const { event } = context;
  if (!beginsSession(event)) return null;
  if (status.state === "pending") return [];
  if (status.ptrack?.ended_by !== "hook") return null;
  if (hasEnded(status.state)) {
    const endUs = parseTimestamp(status.completed_at) ?? 0;
    const isLate = context.nowUs - endUs > STRAGGLER_S * 1e6;
    return event.kind === "prompt" || isLate ? [] : null;
  }
  // A conversation that another process resumes begins a new attempt.
  const { owner } = status.ptrack;
  const isReplaced = owner !== null && context.pid !== owner.pid &&
    isGone(owner, context) && describeProcess(context) !== null;
  if (!isReplaced) return null;
  return isIdle(status)
    ? [completed(`Its process ${owner.pid} ended after its last turn`)]
    : [];
}

function startDetails(context: Context) {
  const { event, agent, batch } = context;
  const task = event.kind === "prompt" && event.message !== "Prompt"
    ? event.message.replace(/^Prompt: /, "")
    : `${agent} session`;
  const owner = describeProcess(context);
  return {
    task,
    metadata: describeSession(context),
    ended_by: "hook",
    heartbeat_timeout: HEARTBEAT_TIMEOUT_S,
    ...(batch === null ? {} : { batch }),
    ...(owner === null ? {} : { owner, session_timeout: SESSION_TIMEOUT_S }),
    agent: identityOf(event, owner),
  };
}

/** The metadata of a new session. */
function describeSession(
  { event: { transcript }, format, directory, findCheckout }: Context,
): JsonObject {
  const { path = null, branch = null } = findCheckout() ?? {};
  return {
    agent: format,
    cwd: directory,
    ...(path === null ? {} : { worktree: path }),
    ...(branch === null ? {} : { branch }),
    ...(transcript === "" ? {} : { transcript }),
  };
}

/** The agent's process, as it is stored; null if it is unknown or gone. */
function describeProcess({ inspector, pid }: Context): Owner | null {
  return pid === null || inspector.inspect(pid).kind === "gone"
    ? null
    : describeOwner(inspector, pid);
}

function isGone(owner: Owner, { inspector }: Context): boolean {
  return livenessOfOwner(inspector, owner) === "gone";
}

function identityOf(event: HookEvent, owner: Owner | null): AgentNews {
  const session = event.conversation;
  if (owner === null) return { session };
  return { session, process: { pid: owner.pid, started: owner.started } };
}

/** What an event changes in a running session. */
function changesOf(status: Status, context: Context): Change[] {
  const { event } = context;
  const changes = stateChanges(status, context);
  if (event.subagent !== null) return changes;
  const news = { ...newIdentity(status, context), ...event.tasks };
  const owner = event.kind === "ended" ? {} : lostOwner(status, context);
  const isUnknown = status.metadata["agent"] === undefined;
  return changes.map((change) => {
    const details: JsonObject = { ...change.details, ...owner };
    const tellsMore = change.event === "heartbeat" && details["auto"] !== true;
    if (isUnknown && tellsMore) {
      details["metadata"] = describeSession(context);
    }
    return withNews({ ...change, details }, news);
  });
}

function withNews({ event, details }: Change, news: AgentNews): Change {
  if (Object.keys(news).length === 0) return { event, details };
  const agent = { ...details["agent"] as AgentNews | undefined, ...news };
  return { event, details: { ...details, agent } };
}

/** Subagents run beside the main conversation, and leave its state alone. */
function subagentChange(event: HookEvent): Change {
  const agent = { subagent: event.subagent };
  if (event.kind !== "tool failed" && event.kind !== "turn failed") {
    return alive({ agent });
  }
  const error = `${event.subagent?.type || "subagent"}: ${event.error}`;
  return change("error", { error, agent });
}

/** The agent's conversation and process, if they are not those known. */
function newIdentity(status: Status, context: Context): AgentNews {
  const { event, pid } = context;
  if (event.conversation === "") return {};
  const { session, process } = agentOf(status);
  const isSame = session === event.conversation &&
    (pid === null || process?.pid === pid);
  return isSame ? {} : identityOf(event, describeProcess(context));
}

/**
 * A sign of life after its owner's end: something else drives the session.
 * Not so if the owner itself has left the sender behind, or if another process
 * is about to begin an attempt.
 */
function lostOwner({ ptrack }: Status, context: Context): JsonObject {
  const owner = ptrack?.owner ?? null;
  if (owner === null || owner.pid === context.pid) return {};
  if (ptrack?.ended_by === "hook" && context.pid !== null) return {};
  return isGone(owner, context) ? { owner: null } : {};
}

function stateChanges(status: Status, context: Context): Change[] {
  const { event } = context;
  if (event.subagent !== null) return [subagentChange(event)];
  switch (event.kind) {
    case "prompt":
    case "tool call":
      return [change("heartbeat", { message: event.message })];
    case "working":
      return [change("heartbeat", { message: "" })];
    case "tool failed":
      return [
        change("error", { error: event.error }),
        change("heartbeat", { message: event.message }),
      ];
    case "turn failed":
      return [change("error", { error: event.error })];
    case "question":
      return [waiting(event.reason)];
    case "reminder":
      return [
        isAlreadyWaiting(status, event.of) ? alive() : waiting(event.reason),
      ];
    case "idle":
      return [idle()];
    case "parked":
      return [waiting(event.reason, { kind: "parked" })];
    case "ended":
      return [ending(status, event, context)];
    case "alive":
      return [alive()];
  }
}

/** Whether it is known to wait, with a better reason than a reminder's. */
function isAlreadyWaiting(
  status: Status,
  of: "question" | "end of turn",
): boolean {
  const wait = status.ptrack?.waiting ?? null;
  if (of === "end of turn") return wait !== null;
  return wait !== null && wait.kind === undefined || askingOf(status) !== null;
}

function ending(
  status: Status,
  { reason, isSuperseded }: HookEvent & { kind: "ended" },
  { isNamed }: Context,
): Change {
  // Whoever began a session ends it.
  if (status.ptrack?.ended_by !== "hook") return alive();
  if (isSuperseded) {
    // The same process goes on, under the name that it was given.
    if (isNamed) return idle();
    const how = isIdle(status) ? "" : ", before its turn had ended";
    return completed(`Superseded by /${reason}${how}`);
  }
  if (isIdle(status)) return completed("");
  const error = `Ended in mid-turn (${reason})`;
  return change("failed", { error, by: "hook" });
}

function isIdle({ ptrack }: Status): boolean {
  return ptrack?.waiting?.kind === "idle";
}

function change(event: EventName, details: JsonObject): Change {
  return { event, details };
}

function completed(message: string): Change {
  const details = { output_files: [], by: "hook" };
  return change("completed", message ? { ...details, message } : details);
}

function waiting(reason: string, details: JsonObject = {}): Change {
  return change("waiting", { reason, ...details });
}

function idle(): Change {
  const agent: AgentNews = { subagents_done: true };
  return waiting(NEXT_PROMPT, { kind: "idle", agent });
}

/** A sign of life only: it neither ends the waiting state nor counts as progress. */
function alive(details: JsonObject = {}): Change {
  return change("heartbeat", { message: "", auto: true, ...details });
}

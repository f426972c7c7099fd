/**
 * What a hook's notice makes of a session: the events to record, decided from
 * the state that is there. Hooks begin a session, end what they have begun,
 * and otherwise only enrich. Pure.
 */
import { type AgentNews, agentOf, askingOf } from "../session/agent.ts";
import { hasEnded } from "../session/status.ts";
import { parseTimestamp } from "../session/timestamp.ts";
import type {
  EventName,
  JsonObject,
  NewEvent,
  Owner,
  Status,
} from "../session/types.ts";
import { type Happening, type HookEvent, NEXT_PROMPT } from "./hook_event.ts";

/** Hooks say nothing while a tool runs or a model thinks: quiet for long. */
const HEARTBEAT_TIMEOUT_S = 30 * 60;
/** People leave a session open for days; its process tells when it is over. */
const SESSION_TIMEOUT_S = 7 * 24 * 3_600;
/** Hooks run in parallel: one may come after the end that it preceded. */
const STRAGGLER_S = 10;

/** What is known besides the notice. */
export interface Context {
  nowUs: number;
  /** Somebody named the session before the agent began. */
  isNamed: boolean;
  /** The attempt that the agent was told; null: the current one. */
  attempt: number | null;
  /** The agent's process; null if unknown. */
  pid: number | null;
  /** The same as it is to be recorded; null if it has ended by now. */
  describeOwner(): Owner | null;
  /** The launch that a session belongs to. */
  batch: string | null;
  /** What is to be known of a session that begins. */
  metadata: JsonObject;
  /** What a session does of which no prompt was seen. */
  description: string;
  /** Whether a recorded owner is certainly gone. */
  isGone(owner: Owner): boolean;
}

type Said = Pick<NewEvent, "event" | "details">;

/** Whether a notice begins a session that is not there. */
export function begins({ happening }: HookEvent): boolean {
  return happening.kind === "prompt" || happening.kind === "tool failed" ||
    "begins" in happening && happening.begins;
}

/** The events to record, in order; none if the notice changes nothing. */
export function planDrafts(
  status: Status,
  notice: HookEvent,
  known: Context,
): NewEvent[] {
  const current = status.ptrack?.attempt ?? 0;
  // An agent of an attempt that has been superseded has nothing to say.
  if (known.attempt !== null && known.attempt !== current) return [];
  const ends = beforehand(status, notice, known);
  if (ends === null) {
    if (status.state !== "running") return [];
    return attach(report(status, notice, known), current);
  }
  const blank: Status = { ...status, state: "running", metadata: {} };
  delete blank.ptrack;
  const over = ends.length === 0 && status.state === "running"
    ? { over: "crashed" }
    : {};
  const started = { ...startDetails(notice, known), ...over };
  return [
    ...attach(ends, current),
    { event: "started", details: started, attempt: current + 1 },
    ...attach(report(blank, notice, known, "just begun"), current + 1),
  ];
}

function attach(said: readonly Said[], attempt: number): NewEvent[] {
  return said.map((one) => ({ ...one, attempt }));
}

/** What to record before a new attempt; null if none is to begin. */
function beforehand(
  status: Status,
  notice: HookEvent,
  known: Context,
): Said[] | null {
  if (!begins(notice)) return null;
  if (status.state === "pending") return [];
  if (status.ptrack?.ended_by !== "hook") return null;
  if (hasEnded(status.state)) {
    const endUs = parseTimestamp(status.completed_at) ?? 0;
    const isLate = known.nowUs - endUs > STRAGGLER_S * 1e6;
    return notice.happening.kind === "prompt" || isLate ? [] : null;
  }
  const { owner } = status.ptrack;
  const isReplaced = owner !== null && known.isGone(owner) &&
    known.pid !== owner.pid && known.describeOwner() !== null;
  if (!isReplaced) return null;
  // Resumed by another process: what the first one did is over.
  return isIdle(status)
    ? [completed(`Its process ${owner.pid} ended after its last turn`)]
    : [];
}

function startDetails(notice: HookEvent, known: Context): JsonObject {
  const { happening } = notice;
  const task = happening.kind === "prompt" && happening.message !== "Prompt"
    ? happening.message.replace(/^Prompt: /, "")
    : known.description;
  const owner = known.describeOwner();
  return {
    task,
    metadata: known.metadata,
    ended_by: "hook",
    heartbeat_timeout: HEARTBEAT_TIMEOUT_S,
    ...(known.batch === null ? {} : { batch: known.batch }),
    ...(owner === null ? {} : { owner, session_timeout: SESSION_TIMEOUT_S }),
    agent: identity(notice, owner),
  };
}

function identity({ session }: HookEvent, owner: Owner | null): AgentNews {
  const process = owner === null
    ? {}
    : { process: { pid: owner.pid, started: owner.started } };
  return { session, ...process };
}

/** What a running session is told. */
function report(
  status: Status,
  notice: HookEvent,
  known: Context,
  when: "just begun" | "going on" = "going on",
): Said[] {
  if (notice.subagent !== null) return reportSubagent(notice);
  const news = when === "just begun" ? {} : newIdentity(status, notice, known);
  const agent = { ...news, ...notice.tasks };
  const isEnd = notice.happening.kind === "ended";
  const extra: JsonObject = {
    ...(Object.keys(agent).length === 0 ? {} : { agent }),
    ...(isEnd ? {} : dropped(status, known)),
  };
  return tell(status, notice.happening, known).map(({ event, details }) => {
    const isFull = event === "heartbeat" && details["auto"] !== true;
    const isNew = isFull && when === "going on" &&
      status.metadata["agent"] === undefined;
    const metadata = isNew ? { metadata: known.metadata } : {};
    return { event, details: merge({ ...details, ...metadata }, extra) };
  });
}

function merge(details: JsonObject, extra: JsonObject): JsonObject {
  const both = {
    ...details["agent"] as JsonObject,
    ...extra["agent"] as JsonObject,
  };
  return {
    ...details,
    ...extra,
    ...(Object.keys(both).length === 0 ? {} : { agent: both }),
  };
}

/** Helpers work beside the conversation, and leave its state alone. */
function reportSubagent({ subagent, happening }: HookEvent): Said[] {
  const agent = { subagent };
  const error =
    happening.kind === "tool failed" || happening.kind === "turn failed"
      ? happening.error
      : null;
  if (error === null) return [alive({ agent })];
  const type = subagent?.type || "subagent";
  return [{ event: "error", details: { error: `${type}: ${error}`, agent } }];
}

/** The agent's session and process, where they are not what is known. */
function newIdentity(
  status: Status,
  notice: HookEvent,
  known: Context,
): AgentNews {
  const { session, process } = agentOf(status);
  const isSame = session === notice.session &&
    (known.pid === null || process?.pid === known.pid);
  return isSame || notice.session === ""
    ? {}
    : identity(notice, known.describeOwner());
}

/**
 * A sign of life after the owner's end: it is driven from elsewhere. But not
 * by what the owner itself has left behind, nor where an attempt by another
 * process is about to begin.
 */
function dropped(
  { ptrack }: Status,
  { pid, isGone }: Context,
): JsonObject {
  const owner = ptrack?.owner ?? null;
  if (owner === null || owner.pid === pid) return {};
  if (ptrack?.ended_by === "hook" && pid !== null) return {};
  return isGone(owner) ? { owner: null } : {};
}

function tell(
  status: Status,
  happening: Happening,
  known: Context,
): Said[] {
  switch (happening.kind) {
    case "prompt":
    case "works":
      return [heartbeat(happening.message)];
    case "asks":
      return [waiting(happening.reason)];
    case "reminds":
      return [remind(status, happening)];
    case "tool failed":
      return [
        { event: "error", details: { error: happening.error } },
        heartbeat(happening.message),
      ];
    case "turn failed":
      return [{ event: "error", details: { error: happening.error } }];
    case "idle":
      return [idle()];
    case "parked":
      return [waiting(happening.reason, { kind: "parked" })];
    case "ended":
      return [ending(status, happening, known)];
    case "alive":
      return [alive()];
  }
}

/** Who is known to wait is known with a better reason than a reminder's. */
function remind(
  status: Status,
  { of, reason }: Happening & { kind: "reminds" },
): Said {
  const wait = status.ptrack?.waiting ?? null;
  const isKnown = of === "end of turn"
    ? wait !== null
    : wait !== null && wait.kind === undefined || askingOf(status) !== null;
  return isKnown ? alive() : waiting(reason);
}

function ending(
  status: Status,
  { reason, superseded }: Happening & { kind: "ended" },
  { isNamed }: Context,
): Said {
  // Whoever began it will end it.
  if (status.ptrack?.ended_by !== "hook") return alive();
  if (superseded) {
    // The same process goes on, under the name that it was given.
    if (isNamed) return idle();
    const how = isIdle(status) ? "" : ", before its turn had ended";
    return completed(`Superseded by /${reason}${how}`);
  }
  if (isIdle(status)) return completed("");
  const error = `Ended in mid-turn (${reason})`;
  return { event: "failed", details: { error, by: "hook" } };
}

function isIdle({ ptrack }: Status): boolean {
  return ptrack?.waiting?.kind === "idle";
}

function completed(message: string): Said {
  const details: JsonObject = { output_files: [], by: "hook" };
  if (message !== "") details["message"] = message;
  return { event: "completed", details };
}

function heartbeat(message: string): Said {
  return { event: "heartbeat", details: { message } };
}

/** Alive, and no more: it ends no wait and counts as no progress. */
function alive(details: JsonObject = {}): Said {
  return {
    event: "heartbeat",
    details: { message: "", auto: true, ...details },
  };
}

function idle(): Said {
  const agent: AgentNews = { subagents_done: true };
  return waiting(NEXT_PROMPT, { kind: "idle", agent });
}

function waiting(reason: string, details: JsonObject = {}): Said {
  const event: EventName = "waiting";
  return { event, details: { reason, ...details } };
}

/**
 * What the hooks of a coding agent add to its session, folded from the `agent`
 * of an event's details: who the agent is, its list of tasks, and its subagents,
 * which run beside the main conversation and leave its state alone. Hooks run
 * in parallel, so each tells one change, and the fold counts.
 */
import { isCount, isObject, stringOr } from "./event.ts";
import { isProcess } from "./status.ts";
import type {
  AgentState,
  Bookkeeping,
  JsonObject,
  ProcessRef,
  Status,
  Subagent,
} from "./types.ts";

/** More tasks or subagents than this are not followed. */
const MOST_TASKS = 200;
const MOST_SUBAGENTS = 64;

/** The type of a subagent whose end came before its beginning. */
const ENDED = "ended";

/** What an event tells of an agent; the keys are those of the log. */
export interface AgentNews {
  /** The agent's own id of the conversation. */
  session?: string;
  process?: ProcessRef | null;
  /** Tasks whose state is told; `deleted` ones go. */
  tasks?: Record<string, string>;
  /** There are no other tasks. */
  all_tasks?: boolean;
  subagent?: SubagentNews;
  /** No subagent runs any more. */
  subagents_done?: boolean;
}

/** What an event tells of a subagent. */
export interface SubagentNews {
  id: string;
  type: string;
  /** `works`: it does something, so it asks for nothing any more. */
  event: "started" | "works" | "asks" | "ended";
  /** What it asks for. */
  asks?: string;
}

/** What is known of an agent; blank where a value makes no sense. */
export function agentOf({ ptrack }: Status): AgentState {
  const value: unknown = ptrack?.agent;
  const { session, process, tasks, subagents, subagents_total } =
    isObject(value) ? value : {} as JsonObject;
  return {
    session: stringOr(session, ""),
    process: isProcess(process) ? process : null,
    tasks: isObject(tasks) ? tasks as Record<string, string> : {},
    subagents: isObject(subagents) ? subagentsOf(subagents) : {},
    subagents_total: isCount(subagents_total) ? subagents_total : 0,
  };
}

function subagentsOf(value: JsonObject): Record<string, Subagent> {
  if (Object.keys(value).length === 0) return {};
  const known = Object.entries(value).filter(([, item]) => isObject(item));
  return Object.fromEntries(known.map(([id, item]) => {
    const { type, asks, since } = item as JsonObject;
    return [id, {
      type: stringOr(type, ""),
      asks: stringOr(asks, null),
      since: stringOr(since, null),
    }];
  }));
}

/** The subagent that has asked for something longest; null if none does. */
export function askingOf(status: Status): Subagent | null {
  if (status.ptrack?.agent === undefined) return null;
  return runningOf(agentOf(status)).filter(({ asks }) => asks !== null)
    .sort((a, b) => (a.since ?? "") < (b.since ?? "") ? -1 : 1)[0] ?? null;
}

function runningOf({ subagents }: AgentState): Subagent[] {
  return Object.values(subagents).filter(({ type }) => type !== ENDED);
}

/** Folds what an event tells of an agent into a copy of its status. */
export function foldAgent(
  next: Status & { ptrack: Bookkeeping },
  news: unknown,
  timestamp: string | null,
): void {
  // Only hooks tell of agents; all other events pay nothing for this.
  if (!isObject(news)) return;
  const agent = agentOf(next);
  const { session, process, subagent, tasks } = news;
  if (typeof session === "string") agent.session = session;
  if (isProcess(process)) agent.process = process;
  if (news["subagents_done"] === true) agent.subagents = {};
  if (isObject(subagent)) foldSubagent(agent, subagent, timestamp);
  if (isObject(tasks)) {
    const before = news["all_tasks"] === true ? {} : agent.tasks;
    agent.tasks = foldTasks(before, tasks);
    next.progress_pct = percentOf(agent.tasks) ?? next.progress_pct;
  }
  if (agent.subagents_total > 0) {
    next.metadata = {
      ...next.metadata,
      subagents_running: runningOf(agent).length,
      subagents_total: agent.subagents_total,
    };
  }
  next.ptrack.agent = agent;
}

function foldTasks(
  before: Record<string, string>,
  news: JsonObject,
): Record<string, string> {
  const tasks = new Map(Object.entries(before));
  for (const [id, state] of Object.entries(news)) {
    if (state === "deleted") tasks.delete(id);
    else if (typeof state !== "string") continue;
    else if (tasks.has(id) || tasks.size < MOST_TASKS) tasks.set(id, state);
  }
  return Object.fromEntries(tasks);
}

/** The share of completed tasks; null if there are none. */
function percentOf(tasks: Record<string, string>): number | null {
  const states = Object.values(tasks);
  if (states.length === 0) return null;
  const done = states.filter((state) => state === "completed").length;
  return Math.floor(100 * done / states.length);
}

function foldSubagent(
  agent: AgentState,
  { id, event, type, asks }: JsonObject,
  since: string | null,
): void {
  if (typeof id !== "string") return;
  const all = new Map(Object.entries(agent.subagents));
  const known = all.get(id);
  if (known === undefined) agent.subagents_total++;
  if (event === "ended" && known === undefined) {
    all.set(id, { type: ENDED, asks: null, since });
  } else if (
    event === "ended" || event === "started" && known?.type === ENDED
  ) {
    all.delete(id);
  } else {
    all.set(id, {
      type: stringOr(type, "") || known?.type || "",
      asks: event === "asks" ? stringOr(asks, "") : null,
      since,
    });
  }
  // The oldest go first: their end has been missed.
  agent.subagents = Object.fromEntries([...all].slice(-MOST_SUBAGENTS));
}

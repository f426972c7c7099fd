/**
 * The domain's shapes: what is on disk (docs/format.md) and what a reader
 * makes of it. Keys are spelled as on disk where a value is stored as it is.
 */

/** The states that are stored. Only others ever write `timed_out`. */
export type State =
  | "pending"
  | "running"
  | "completed"
  | "failed"
  | "timed_out";

/** A JSON object whose keys are not known. */
export type JsonObject = { [key: string]: unknown };

/** Where a session is. */
export interface SessionRef {
  /** The group of sessions. */
  workspace: string;
  /** The session in it. */
  sessionId: string;
}

/** What a session in the waiting state waits for. */
export interface Waiting {
  /** What it waits for; "" if it did not say. */
  reason: string;
  /** Timestamp. */
  since: string | null;
  /** Of an agent whose turn has ended; `parked`: it will go on by itself. */
  kind?: "idle" | "parked";
}

/** A process of a known machine. */
export interface ProcessRef {
  /** Process id. */
  pid: number;
  /** When the process started, as the system tells it; null if unknown. */
  started: string | null;
}

/** The process that a session lives and dies with. */
export interface Owner extends ProcessRef {
  /** The machine it runs on; null if unknown. */
  host: string | null;
  /** The boot of that machine; null if unknown. */
  boot: string | null;
  /** The namespace of process ids; null if unknown. */
  ns: string | null;
}

/** Whether a process is alive. */
export type Liveness = "alive" | "gone" | "unknown";

/** Whether a session's owner is alive, and the command of a wrapper, if any. */
export interface SessionLiveness {
  owner: Liveness;
  child: Liveness | null;
}

/** A subagent that a coding agent has started, and that still runs. */
export interface Subagent {
  /** What sort of subagent, as the agent calls it. */
  type: string;
  /** What it asks for; null while it asks nothing. */
  asks: string | null;
  /** Since when it asks, or runs; a timestamp. */
  since: string | null;
}

/** What the hooks of a coding agent have told of its session. */
export interface AgentState {
  /** The agent's own id of the conversation; "" if unknown. */
  session: string;
  /** The agent's process; null if unknown. */
  process: ProcessRef | null;
  /** Its tasks by id: `pending`, `in_progress` or `completed`. */
  tasks: Record<string, string>;
  /** The subagents that run, by id. */
  subagents: Record<string, Subagent>;
  /** How many subagents there have been. */
  subagents_total: number;
}

/** The last line of the log that a status has folded in. */
export interface LogTail {
  /** "" if that line had no id. */
  id: string;
  /** Length of the line with its newline. */
  bytes: number;
  /** The newest timestamp of the folded lines that had an id. */
  timestamp: string | null;
}

/** The `ptrack` key of a status: what makes it safe without a lock. */
export interface Bookkeeping {
  /** The version of the format; 1. */
  version: number;
  /** The current attempt, from 1; 0 before the first. */
  attempt: number;
  /** How far the log has been folded in, in bytes. */
  log_bytes: number;
  /** The last folded line; null if there was none. */
  log_tail: LogTail | null;
  /** All errors of the attempt, fatal ones included. */
  errors_total: number;
  /** When percentage or message last changed, a timestamp. */
  progress_at: string | null;
  /** What it waits for; null if it does not wait. */
  waiting: Waiting | null;
  /** Seconds; null if the session did not say. */
  heartbeat_timeout: number | null;
  /** Seconds; null if the session did not say. */
  session_timeout: number | null;
  /** The launch that the attempt belongs to, or null. */
  batch: string | null;
  /** The process that the session lives and dies with, or null. */
  owner: Owner | null;
  /** The command that a wrapper runs, or null. */
  child: ProcessRef | null;
  /** Seconds that the attempt took, if one process measured all of it. */
  elapsed_s?: number;
  /** `run`: the exit code of its command ends it; `hook`: an agent's hooks. */
  ended_by?: "run" | "hook";
  /** What an agent's hooks have told, if there are any. */
  agent?: AgentState;
  /** Keys of newer versions; they survive a rewrite. */
  [unknown: string]: unknown;
}

/** status.json. Without `ptrack` the status is foreign: others wrote it. */
export interface Status {
  /** The session. */
  session_id: string;
  /** The group it belongs to. */
  workspace: string;
  /** As recorded; see Verdict for what a reader concludes. */
  state: State;
  /** What it is to do. */
  task_description: string;
  /** 0 to 100. */
  progress_pct: number;
  /** The last message; `FAILED: …` once it has failed. */
  message: string;
  /** The last 100 errors, `[timestamp] text`. */
  errors: string[];
  /** When the attempt began, a timestamp. */
  started_at: string | null;
  /** The last sign of life, a timestamp. */
  last_heartbeat: string | null;
  /** When the attempt ended, a timestamp. */
  completed_at: string | null;
  /** The files it made, as it named them. */
  output_files: string[];
  /** Anything worth knowing. */
  metadata: JsonObject;
  /** What makes the files safe; absent in a foreign status. */
  ptrack?: Bookkeeping;
  /** Keys of others; they survive a rewrite. */
  [unknown: string]: unknown;
}

/** The events that count. */
export type EventName =
  | "started"
  | "heartbeat"
  | "waiting"
  | "error"
  | "completed"
  | "failed";

/** An event to record; a `started` begins its attempt. */
export interface NewEvent {
  event: EventName;
  details: JsonObject;
  attempt: number;
}

/** One line of the log, as it is found there. */
export interface LogLine {
  /** When it happened; null if the line does not say. */
  timestamp: string | null;
  /** What happened, such as `heartbeat`. */
  event: string;
  /** The session, as the line names it. */
  session_id: string;
  /** The state as the writer saw it, for people. */
  state: string;
  /** The percentage as the writer saw it, for people. */
  progress_pct: number;
  /** What belongs to the event. */
  details: JsonObject;
  /** "" on lines that the original wrote. */
  id: string;
  /** The attempt it belongs to; null on lines of others. */
  attempt: number | null;
}

/** What a reader found of one session, before any judgement. */
export interface SessionView extends SessionRef {
  /** `empty`: a directory with nothing in it yet. */
  condition: "readable" | "empty" | "unreadable";
  /** The folded status; a blank pending one unless `readable`. */
  status: Status;
  /** Why it is unreadable, else "". */
  problem: string;
  /** A note on what was found, such as a clock that runs ahead, else "". */
  note: string;
  /** Last change of the log (if empty: of the directory), microseconds. */
  modifiedUs: number;
}

/** What a reader concludes. `crashed` and `unreadable` are never stored. */
export type VerdictState = State | "crashed" | "unreadable";

/** The judgement on one session at one moment; JSON as in docs/cli.md. */
export interface Verdict {
  /** What a reader concludes. */
  state: VerdictState;
  /** What is recorded. */
  recorded_state: State;
  /** Why, in words; "" if the state says it all. */
  reason: string;
  /** Since when this holds, a timestamp, or null. */
  since: string | null;
  /** It runs, but has been quiet, or without progress, for long. */
  stale: boolean;
  /** It runs, but waits for somebody. */
  waiting: boolean;
  /** Seconds since the last sign of life; null unless running. */
  heartbeat_age_s: number | null;
  /** Seconds since the last progress; null unless running. */
  progress_age_s: number | null;
  /** Seconds that the attempt has taken; null if unknown. */
  elapsed_s: number | null;
  /** Seconds that are left at the pace so far; null if unknown. */
  eta_s: number | null;
}

/** A session as a monitor shows it. */
export interface SessionReport {
  /** What was found. */
  view: SessionView;
  /** What it means. */
  verdict: Verdict;
}

/**
 * How many sessions there are, and how many in each state. `stale` and
 * `waiting` ones run: they have been quiet for long, or wait for somebody.
 */
export type Totals = Record<
  "total" | VerdictState | "stale" | "waiting",
  number
>;

/** All of a workspace at one moment, sessions in the order of their ids. */
export interface Snapshot {
  /** The group of sessions. */
  workspace: string;
  /** When it was taken, microseconds since 1970. */
  takenUs: number;
  /** Its sessions, in the order of their ids. */
  sessions: SessionReport[];
  /** How many are in which state. */
  totals: Totals;
}

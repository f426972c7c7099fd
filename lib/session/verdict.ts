/**
 * The verdict on a session: this file decides whether it runs, waits, is stale,
 * has timed out or has crashed (docs/cli.md, "Verdicts"). A session is
 * judged by its process, its age, its heartbeats and its progress. A verdict is
 * made anew for each snapshot: a late heartbeat brings a session back.
 */
import { askingOf } from "./agent.ts";
import { formatDuration, formatTimestamp, parseTimestamp } from "./times.ts";
import type {
  SessionLiveness,
  SessionView,
  Verdict,
  VerdictState,
} from "./types.ts";

/** Limits that come before those of the sessions themselves, in seconds. */
export interface Limits {
  /** Seconds without a heartbeat; else the session's own limit, or 300. */
  heartbeatTimeoutS?: number;
  /** Seconds that a session may take; else its own limit, or 14,400. */
  sessionTimeoutS?: number;
  /** Seconds without progress until a session is stale; else 1,800. */
  stallAfterS?: number;
}

/** The limits where neither monitor nor session has one, in seconds. */
export const DEFAULT_LIMITS = {
  heartbeatTimeoutS: 300,
  sessionTimeoutS: 4 * 3600,
  stallAfterS: 30 * 60,
} as const;

/** When sessions are judged, and by what besides their own words. */
export interface AssessContext {
  nowUs: number;
  limits?: Limits;
  /** When the machine last woke from sleep: no clock counts from before. */
  wokeUs?: number | null;
  /** The state of a session's processes; null if it names none. */
  livenessOf?: (view: SessionView) => SessionLiveness | null;
}

/** A verdict in one word: a running session may wait or be stale. */
export type VerdictWord = VerdictState | "waiting" | "stale";

export function verdictWord(verdict: Verdict): VerdictWord {
  if (verdict.state !== "running") return verdict.state;
  if (verdict.waiting) return "waiting";
  return verdict.stale ? "stale" : "running";
}

/** Judges a session. Pure. */
export function assess(view: SessionView, context: AssessContext): Verdict {
  const { status } = view;
  const { nowUs } = context;
  const evidence = readEvidence(view, context);
  const isRunning = view.condition === "readable" && status.state === "running";
  const { word, reason, since } = isRunning
    ? judgeRunning(evidence)
    : judgeOther(evidence);
  const state = word === "waiting" || word === "stale" ? "running" : word;
  const endUs = isRunning ? nowUs : parseTimestamp(status.completed_at);
  const elapsedS = secondsBetween(evidence.startedUs, endUs);
  const ageS = (us: number | null) =>
    isRunning ? secondsBetween(us, nowUs) : null;
  const pct = status.progress_pct;
  const hasEta = state === "running" && pct > 0 && pct < 100;
  return {
    state,
    recorded_state: status.state,
    reason,
    since,
    stale: word === "stale",
    waiting: word === "waiting",
    heartbeat_age_s: ageS(evidence.heartbeatUs),
    progress_age_s: ageS(evidence.progressUs),
    elapsed_s: elapsedS,
    eta_s: hasEta && elapsedS !== null
      ? toThousandth(elapsedS * (100 - pct) / pct)
      : null,
  };
}

/** What a session is judged by; times in microseconds. */
interface Evidence extends Pick<AssessContext, "nowUs" | "livenessOf"> {
  view: SessionView;
  startedUs: number | null;
  heartbeatUs: number;
  progressUs: number | null;
  /** Its heartbeat lies in the reader's future. */
  isAhead: boolean;
  /** 0 if the machine has not slept. */
  wokeUs: number;
  limits: Required<Limits>;
}

/** A heartbeat that is missing or ahead counts as of the log's last change. */
function readEvidence(
  view: SessionView,
  { nowUs, wokeUs, limits = {}, livenessOf }: AssessContext,
): Evidence {
  const { modifiedUs, status } = view;
  const { ptrack } = status;
  const startedUs = parseTimestamp(status.started_at);
  const saidUs = parseTimestamp(status.last_heartbeat) ?? startedUs;
  const isAhead = saidUs !== null && saidUs > nowUs;
  const isUsable = saidUs !== null && !isAhead;
  return {
    view,
    startedUs,
    heartbeatUs: isUsable ? saidUs : Math.min(modifiedUs, nowUs),
    progressUs: parseTimestamp(ptrack?.progress_at),
    isAhead,
    nowUs,
    wokeUs: wokeUs ?? 0,
    limits: {
      heartbeatTimeoutS: limits.heartbeatTimeoutS ??
        ptrack?.heartbeat_timeout ?? DEFAULT_LIMITS.heartbeatTimeoutS,
      sessionTimeoutS: limits.sessionTimeoutS ??
        ptrack?.session_timeout ?? DEFAULT_LIMITS.sessionTimeoutS,
      stallAfterS: limits.stallAfterS ?? DEFAULT_LIMITS.stallAfterS,
    },
    livenessOf,
  };
}

/** What is concluded, why, and since when. */
interface Conclusion {
  word: VerdictWord;
  reason: string;
  since: string | null;
}

const RECORDED_TIMEOUT = "Recorded as timed out";
const CLOCK_AHEAD = "Its clock runs ahead: judged by the time of its log";

/** The first of these that holds is the verdict. */
function judgeRunning(evidence: Evidence): Conclusion {
  const { view, isAhead } = evidence;
  return ifProcessGone(evidence) ??
    ifTooLong(evidence) ??
    ifWaiting(evidence) ??
    ifSilent(evidence) ??
    ifStale(evidence) ?? {
    word: "running",
    reason: isAhead ? CLOCK_AHEAD : view.note,
    since: view.status.started_at,
  };
}

/** A session that has ended, has yet to begin, or cannot be read. */
function judgeOther(evidence: Evidence): Conclusion {
  const { condition, problem, note, status, modifiedUs } = evidence.view;
  const { state, completed_at: since } = status;
  if (condition === "unreadable") {
    return { word: "unreadable", reason: problem, since: null };
  }
  if (condition === "empty" || state === "pending") {
    return ifSilentSince(modifiedUs, "Nothing reported", evidence) ??
      { word: "pending", reason: note, since: null };
  }
  return state === "timed_out"
    ? { word: state, reason: status.message || RECORDED_TIMEOUT, since }
    : { word: state, reason: note, since };
}

/** A new owner may take over from one that is gone within this time. */
const CRASHED_AFTER_S = 10;

/** Says more than a timeout. A session that waits can crash, too. */
function ifProcessGone(
  { view, heartbeatUs, nowUs, livenessOf }: Evidence,
): Conclusion | null {
  const { owner, child, waiting, ended_by: endedBy } = view.status.ptrack ?? {};
  // The process of a session that has just spoken is not inspected.
  const isSilent = nowUs - heartbeatUs >= CRASHED_AFTER_S * 1e6;
  if (!owner || !isSilent) return null;
  const liveness = livenessOf?.(view) ?? null;
  if (liveness?.owner !== "gone") return null;
  const since = formatTimestamp(Math.round(heartbeatUs));
  // An agent that ends after its turn has done what it was asked.
  if (waiting?.kind === "idle" && endedBy === "hook") {
    const reason = `Its process ${owner.pid} ended after its last turn`;
    return { word: "completed", reason, since };
  }
  const command = child ? liveness.child : null;
  const reason = command === "gone"
    ? `Its processes ${owner.pid} and ${child!.pid} are gone`
    : command === "alive"
    ? `Owner gone; command ${child!.pid} still running (owner ${owner.pid})`
    : `Its process ${owner.pid} is gone`;
  return { word: "crashed", reason, since };
}

/** After a sleep of the machine there is one heartbeat timeout of grace. */
function ifTooLong(
  { startedUs, nowUs, wokeUs, limits }: Evidence,
): Conclusion | null {
  const limitS = limits.sessionTimeoutS;
  if (startedUs === null || nowUs - startedUs <= limitS * 1e6) return null;
  if (nowUs - wokeUs <= limits.heartbeatTimeoutS * 1e6) return null;
  const what = `Running for ${inWords(startedUs, nowUs)}`;
  return timedOut(what, startedUs, limitS);
}

/** An agent may go on by itself, or end, this soon after its turn. */
const IDLE_AFTER_S = 10;

/** While a session waits or pauses, no heartbeat and no progress is due. */
function ifWaiting({ view: { status }, nowUs }: Evidence): Conclusion | null {
  const pause = status.ptrack?.waiting ?? null;
  if (pause !== null && pause.kind === undefined) {
    return { word: "waiting", reason: pause.reason, since: pause.since };
  }
  const asking = askingOf(status);
  if (asking !== null) {
    return { word: "waiting", reason: asking.asks ?? "", since: asking.since };
  }
  if (pause === null) return null;
  const { kind, reason, since } = pause;
  if (kind === "parked") return { word: "running", reason, since };
  const idleUs = Math.abs(nowUs - (parseTimestamp(since) ?? 0));
  return kind === "idle" && idleUs >= IDLE_AFTER_S * 1e6
    ? { word: "waiting", reason, since }
    : { word: "running", reason: "", since };
}

function ifSilent(evidence: Evidence): Conclusion | null {
  const { heartbeatUs, isAhead } = evidence;
  const silent = ifSilentSince(heartbeatUs, "No heartbeat", evidence);
  if (silent !== null && isAhead) silent.reason += `; ${CLOCK_AHEAD}`;
  return silent;
}

function ifSilentSince(
  us: number,
  what: string,
  { nowUs, wokeUs, limits }: Evidence,
): Conclusion | null {
  const limitS = limits.heartbeatTimeoutS;
  const fromUs = Math.max(us, wokeUs);
  if (nowUs - fromUs <= limitS * 1e6) return null;
  return timedOut(`${what} for ${inWords(us, nowUs)}`, fromUs, limitS);
}

function ifStale(
  { view, heartbeatUs, progressUs, nowUs, wokeUs, limits }: Evidence,
): Conclusion | null {
  const since = view.status.started_at;
  const silentUs = nowUs - Math.max(heartbeatUs, wokeUs);
  if (silentUs > limits.heartbeatTimeoutS / 2 * 1e6) {
    const reason = `No heartbeat for ${inWords(heartbeatUs, nowUs)}`;
    return { word: "stale", reason, since };
  }
  const fromUs = Math.max(progressUs ?? nowUs, wokeUs);
  if (nowUs - fromUs <= limits.stallAfterS * 1e6) return null;
  const reason = `No progress for ${inWords(fromUs, nowUs)}`;
  return { word: "stale", reason, since };
}

function timedOut(what: string, fromUs: number, limitS: number): Conclusion {
  const reason = `${what} (limit ${inWords(0, limitS * 1e6)})`;
  const since = formatTimestamp(Math.round(fromUs + limitS * 1e6));
  return { word: "timed_out", reason, since };
}

/** The time between, without its smaller unit where that is 0: `5m`. */
function inWords(fromUs: number, toUs: number): string {
  const text = formatDuration(Math.floor((toUs - fromUs) / 1e6));
  return text.replace(/ 0+[a-z]$/, "");
}

function secondsBetween(
  fromUs: number | null,
  toUs: number | null,
): number | null {
  if (fromUs === null || toUs === null) return null;
  return toThousandth(Math.max(0, toUs - fromUs) / 1e6);
}

function toThousandth(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/**
 * The verdict on a session: this file decides whether it runs, waits, is stale,
 * has timed out or has crashed (docs/cli.md, "Verdicts"). A session is
 * judged by its process, its age, its heartbeats and its progress. A verdict is
 * made anew for each snapshot: a late heartbeat brings a session back.
 */
import { askingOf } from "./agent.ts";
import { isElapsed } from "./status.ts";
import { formatDuration, formatTimestamp, parseTimestamp } from "./times.ts";
import type {
  SessionLiveness,
  SessionReport,
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
  /** Told of the moments at which time alone may make it another verdict. */
  onDeadline?: (atUs: number) => void;
}

/** What in a verdict goes on with time; seconds, null for none. */
export type Ages = Pick<
  Verdict,
  "heartbeat_age_s" | "progress_age_s" | "elapsed_s" | "eta_s"
>;

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
  const measuredS = isRunning ? null : status.ptrack?.elapsed_s;
  // The clock may have been set meanwhile.
  const elapsedS = isElapsed(measuredS)
    ? measuredS
    : secondsBetween(evidence.startedUs, endUs);
  const ageS = (us: number | null) =>
    isRunning ? secondsBetween(us, nowUs) : null;
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
    eta_s: etaOf(state, status.progress_pct, elapsedS),
  };
}

/** The ages in a verdict some seconds later, where nothing has happened. */
export function agesLater(
  { verdict, view }: SessionReport,
  laterS: number,
): Ages {
  if (verdict.recorded_state !== "running") return verdict;
  const older = (ageS: number | null) => ageS === null ? null : ageS + laterS;
  const elapsedS = older(verdict.elapsed_s);
  return {
    heartbeat_age_s: older(verdict.heartbeat_age_s),
    progress_age_s: older(verdict.progress_age_s),
    elapsed_s: elapsedS,
    eta_s: etaOf(verdict.state, view.status.progress_pct, elapsedS),
  };
}

function etaOf(
  state: VerdictState,
  pct: number,
  elapsedS: number | null,
): number | null {
  const hasEta = state === "running" && pct > 0 && pct < 100;
  return hasEta && elapsedS !== null
    ? toThousandth(elapsedS * (100 - pct) / pct)
    : null;
}

/** What a session is judged by; times in microseconds. */
interface Evidence
  extends Pick<AssessContext, "nowUs" | "livenessOf" | "onDeadline"> {
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
  context: AssessContext,
): Evidence {
  const { nowUs, wokeUs, limits = {}, livenessOf, onDeadline } = context;
  const { modifiedUs, status } = view;
  const { ptrack } = status;
  const startedUs = parseTimestamp(status.started_at);
  const saidUs = parseTimestamp(status.last_heartbeat) ?? startedUs;
  const isAhead = saidUs !== null && !hasCome(saidUs, context);
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
    onDeadline,
  };
}

type Time = Pick<AssessContext, "nowUs" | "onDeadline">;

/** Whether a moment has come. All rules that depend on time ask here. */
function hasCome(atUs: number, { nowUs, onDeadline }: Time): boolean {
  if (nowUs >= atUs) return true;
  onDeadline?.(atUs);
  return false;
}

/** Whether it is longer than so many seconds since a moment. */
function isOver(limitS: number, sinceUs: number, time: Time): boolean {
  return hasCome(sinceUs + limitS * 1e6 + 1, time);
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
    ifTimesAhead(evidence) ??
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
function ifProcessGone(evidence: Evidence): Conclusion | null {
  const { view, heartbeatUs, livenessOf } = evidence;
  const { owner, child, waiting, ended_by: endedBy } = view.status.ptrack ?? {};
  if (!owner) return null;
  // The process of a session that has just spoken is not inspected.
  if (!hasCome(heartbeatUs + CRASHED_AFTER_S * 1e6, evidence)) return null;
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
function ifTooLong(evidence: Evidence): Conclusion | null {
  const { startedUs, wokeUs, limits } = evidence;
  const limitS = limits.sessionTimeoutS;
  if (startedUs === null || !isOver(limitS, startedUs, evidence)) return null;
  if (!isOver(limits.heartbeatTimeoutS, wokeUs, evidence)) return null;
  const what = `Running for ${ageInWords(startedUs, evidence)}`;
  return timedOut(what, startedUs, limitS);
}

/** An agent may go on by itself, or end, this soon after its turn. */
const IDLE_AFTER_S = 10;

/** While a session waits or pauses, no heartbeat and no progress is due. */
function ifWaiting(evidence: Evidence): Conclusion | null {
  const { view: { status } } = evidence;
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
  const sinceUs = parseTimestamp(since) ?? 0;
  // By a clock that runs far ahead it is no new one.
  const isNew = hasCome(sinceUs - IDLE_AFTER_S * 1e6 + 1, evidence) &&
    !hasCome(sinceUs + IDLE_AFTER_S * 1e6, evidence);
  return kind === "idle" && !isNew
    ? { word: "waiting", reason, since }
    : { word: "running", reason: "", since };
}

/** No time of a session that was written by a clock far ahead tells its age. */
function ifTimesAhead(evidence: Evidence): Conclusion | null {
  const { view, isAhead, limits } = evidence;
  const limitUs = limits.heartbeatTimeoutS * 1e6;
  if (!isAhead || hasCome(view.modifiedUs - limitUs, evidence)) return null;
  const aheadS = Math.floor((view.modifiedUs - evidence.nowUs) / 1e6);
  const reason = `Its heartbeat and its log are ${inWords(aheadS)} in the ` +
    "future: whether it still reports cannot be told until its next heartbeat";
  return { word: "stale", reason, since: view.status.started_at };
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
  evidence: Evidence,
): Conclusion | null {
  const { wokeUs, limits } = evidence;
  const limitS = limits.heartbeatTimeoutS;
  const fromUs = Math.max(us, wokeUs);
  if (!isOver(limitS, fromUs, evidence)) return null;
  return timedOut(`${what} for ${ageInWords(us, evidence)}`, fromUs, limitS);
}

function ifStale(evidence: Evidence): Conclusion | null {
  const { view, heartbeatUs, progressUs, nowUs, wokeUs, limits } = evidence;
  const since = view.status.started_at;
  const silentUs = Math.max(heartbeatUs, wokeUs);
  if (isOver(limits.heartbeatTimeoutS / 2, silentUs, evidence)) {
    const reason = `No heartbeat for ${ageInWords(heartbeatUs, evidence)}`;
    return { word: "stale", reason, since };
  }
  const fromUs = Math.max(progressUs ?? nowUs, wokeUs);
  if (!isOver(limits.stallAfterS, fromUs, evidence)) return null;
  const reason = `No progress for ${ageInWords(fromUs, evidence)}`;
  return { word: "stale", reason, since };
}

function timedOut(what: string, fromUs: number, limitS: number): Conclusion {
  const reason = `${what} (limit ${inWords(limitS)})`;
  const since = formatTimestamp(Math.round(fromUs + limitS * 1e6));
  return { word: "timed_out", reason, since };
}

/** The time since a moment, which is another one a second later. */
function ageInWords(fromUs: number, { nowUs, onDeadline }: Time): string {
  const seconds = Math.floor((nowUs - fromUs) / 1e6);
  onDeadline?.(fromUs + (seconds + 1) * 1e6);
  return inWords(seconds);
}

/** A duration without its smaller unit where that is 0: `5m`. */
function inWords(seconds: number): string {
  return formatDuration(seconds).replace(/ 0+[a-z]$/, "");
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

/** What judges a session, for `Platform.compileLess`. */
export const VERDICT_FUNCTIONS = [
  assess,
  readEvidence,
  judgeRunning,
  judgeOther,
  ifProcessGone,
  ifTooLong,
  ifWaiting,
  ifSilent,
  ifSilentSince,
  ifStale,
];

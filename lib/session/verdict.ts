/**
 * The verdict on a session at one moment (docs/cli.md, "Verdicts"). Three
 * clocks: the process, its heartbeats, its progress. Computed anew at each
 * look and never latched: a late heartbeat brings a session back.
 */
import { askingOf } from "./agent.ts";
import { formatDuration } from "./duration.ts";
import { formatTimestamp, parseTimestamp } from "./timestamp.ts";
import type {
  SessionLiveness,
  SessionView,
  Verdict,
  VerdictState,
} from "./types.ts";

/** Limits in seconds; null where the monitor's command line names none. */
export interface Limits {
  heartbeatTimeoutS: number | null;
  sessionTimeoutS: number | null;
  stallAfterS: number | null;
}

/** The limits of a monitor whose command line names none. */
export const NO_LIMITS: Limits = {
  heartbeatTimeoutS: null,
  sessionTimeoutS: null,
  stallAfterS: null,
};

/** Limits where neither the monitor nor the session names any, in seconds. */
export const DEFAULT_LIMITS = {
  heartbeatTimeoutS: 300,
  sessionTimeoutS: 4 * 3600,
  stallAfterS: 30 * 60,
} as const;

/** When a session is judged, and by what limits. */
export interface AssessContext {
  nowUs: number;
  limits: Limits;
  /** When the machine last woke from a sleep: no clock counts from before. */
  graceUs: number | null;
  /** What has become of a session's processes; null if it names none. */
  livenessOf?: (view: SessionView) => SessionLiveness | null;
}

/** An owner that is gone may have handed over: the new one has so long. */
const CRASHED_AFTER_S = 10;

/** An agent whose turn has ended may go on by itself, or end, so soon. */
const IDLE_AFTER_S = 10;

const AHEAD = "Its clock runs ahead: judged by the time of its log";

/** What a running session is judged by; microseconds and seconds. */
interface Clocks {
  startedUs: number | null;
  heartbeatUs: number;
  progressUs: number | null;
  /** The heartbeat lies in the reader's future. */
  isAhead: boolean;
}

/** A verdict in one word: a running session may wait or be stale. */
export type VerdictWord = VerdictState | "waiting" | "stale";

/** The one word for a verdict. */
export function verdictWord(verdict: Verdict): VerdictWord {
  if (verdict.state !== "running") return verdict.state;
  if (verdict.waiting) return "waiting";
  return verdict.stale ? "stale" : "running";
}

type Finding = Pick<Verdict, "state" | "reason" | "since" | "stale">;

/** Judges a session. Pure. */
export function assess(view: SessionView, moment: AssessContext): Verdict {
  const { status } = view;
  const clocks = readClocks(view, moment);
  const running = view.condition === "readable" && status.state === "running";
  const finding = running
    ? judgeRunning(view, clocks, moment)
    : judgeOther(view, moment);
  const endUs = running ? moment.nowUs : parseTimestamp(status.completed_at);
  const elapsedS = clocks.startedUs === null || endUs === null
    ? null
    : Math.max(0, endUs - clocks.startedUs) / 1e6;
  const pct = status.progress_pct;
  const hasEta = finding.state === "running" && pct > 0 && pct < 100;
  return {
    state: finding.state,
    recorded_state: status.state,
    reason: finding.reason,
    since: finding.since,
    stale: finding.stale,
    waiting: finding.state === "running" && waitOf(view, moment) !== null,
    heartbeat_age_s: running ? ageS(clocks.heartbeatUs, moment) : null,
    progress_age_s: running && clocks.progressUs !== null
      ? ageS(clocks.progressUs, moment)
      : null,
    elapsed_s: elapsedS === null ? null : round(elapsedS),
    eta_s: hasEta && elapsedS !== null
      ? round(elapsedS * (100 - pct) / pct)
      : null,
  };
}

function readClocks(view: SessionView, { nowUs }: AssessContext): Clocks {
  const { status } = view;
  const startedUs = parseTimestamp(status.started_at);
  const said = parseTimestamp(status.last_heartbeat) ?? startedUs;
  const isAhead = said !== null && said > nowUs;
  const seenUs = Math.min(view.modifiedUs, nowUs);
  return {
    startedUs,
    heartbeatUs: said === null || isAhead ? seenUs : said,
    progressUs: parseTimestamp(status.ptrack?.progress_at),
    isAhead,
  };
}

function judgeRunning(
  view: SessionView,
  clocks: Clocks,
  moment: AssessContext,
): Finding {
  const { status } = view;
  const { limits, nowUs, graceUs } = moment;
  const beatLimitS = heartbeatLimitS(view, limits);
  const crash = judgeProcesses(view, clocks, moment);
  if (crash !== null) return crash;
  const overdue = judgeSessionTimeout(view, clocks, moment);
  if (overdue !== null) return overdue;
  const wait = waitOf(view, moment);
  if (wait !== null) return { state: "running", ...wait, stale: false };
  const pause = status.ptrack?.waiting ?? null;
  if (pause !== null) {
    const reason = pause.kind === "parked" ? pause.reason : "";
    return { state: "running", reason, since: pause.since, stale: false };
  }
  const beatUs = Math.max(clocks.heartbeatUs, graceUs ?? 0);
  if (nowUs - beatUs > beatLimitS * 1e6) {
    return timedOut(
      `No heartbeat for ${lasting(clocks.heartbeatUs, nowUs)} (limit ${
        inWords(beatLimitS)
      })${clocks.isAhead ? `; ${AHEAD}` : ""}`,
      beatUs + beatLimitS * 1e6,
    );
  }
  const stallLimitS = limits.stallAfterS ?? DEFAULT_LIMITS.stallAfterS;
  const progressUs = clocks.progressUs === null
    ? nowUs
    : Math.max(clocks.progressUs, graceUs ?? 0);
  const isQuiet = nowUs - beatUs > beatLimitS / 2 * 1e6;
  const isStalled = nowUs - progressUs > stallLimitS * 1e6;
  const reason = isQuiet
    ? `No heartbeat for ${lasting(clocks.heartbeatUs, nowUs)}`
    : isStalled
    ? `No progress for ${lasting(progressUs, nowUs)}`
    : clocks.isAhead
    ? AHEAD
    : view.note;
  const since = status.started_at;
  return { state: "running", reason, since, stale: isQuiet || isStalled };
}

/** Who waits can crash, too; and it says more than that time ran out. */
function judgeProcesses(
  view: SessionView,
  { heartbeatUs }: Clocks,
  { nowUs, livenessOf }: AssessContext,
): Finding | null {
  const { owner = null, child = null } = view.status.ptrack ?? {};
  // Nobody looks at the process of a session that has just spoken.
  if (owner === null || nowUs - heartbeatUs < CRASHED_AFTER_S * 1e6) {
    return null;
  }
  const seen = livenessOf?.(view) ?? null;
  if (seen?.owner !== "gone") return null;
  const since = formatTimestamp(Math.round(heartbeatUs));
  // Who ends when its turn has ended has done what it was asked.
  if (isIdle(view) && view.status.ptrack?.ended_by === "hook") {
    const reason = `Its process ${owner.pid} ended after its last turn`;
    return { state: "completed", reason, since, stale: false };
  }
  const isKnown = child !== null && seen.child !== null &&
    seen.child !== "unknown";
  const reason = !isKnown
    ? `Its process ${owner.pid} is gone`
    : seen.child === "gone"
    ? `Its processes ${owner.pid} and ${child.pid} are gone`
    : `Owner gone; command ${child.pid} still running (owner ${owner.pid})`;
  return { state: "crashed", reason, since, stale: false };
}

/** A machine that slept has one heartbeat timeout of grace here too. */
function judgeSessionTimeout(
  view: SessionView,
  { startedUs }: Clocks,
  { limits, nowUs, graceUs }: AssessContext,
): Finding | null {
  const limitS = limits.sessionTimeoutS ??
    view.status.ptrack?.session_timeout ?? DEFAULT_LIMITS.sessionTimeoutS;
  if (startedUs === null || nowUs - startedUs <= limitS * 1e6) return null;
  const graceS = heartbeatLimitS(view, limits);
  if (graceUs !== null && nowUs - graceUs <= graceS * 1e6) return null;
  return timedOut(
    `Running for ${lasting(startedUs, nowUs)} (limit ${inWords(limitS)})`,
    startedUs + limitS * 1e6,
  );
}

function heartbeatLimitS(view: SessionView, limits: Limits): number {
  return limits.heartbeatTimeoutS ?? view.status.ptrack?.heartbeat_timeout ??
    DEFAULT_LIMITS.heartbeatTimeoutS;
}

function judgeOther(view: SessionView, moment: AssessContext): Finding {
  const { status, condition } = view;
  if (condition === "unreadable") {
    const reason = view.problem;
    return { state: "unreadable", reason, since: null, stale: false };
  }
  if (condition === "readable" && status.state !== "pending") {
    const { state, completed_at: since } = status;
    const reason = state === "timed_out" && status.message === ""
      ? "Recorded as timed out"
      : state === "timed_out"
      ? status.message
      : view.note;
    return { state, reason, since, stale: false };
  }
  const limitS = heartbeatLimitS(view, moment.limits);
  const sinceUs = Math.max(view.modifiedUs, moment.graceUs ?? 0);
  if (moment.nowUs - sinceUs > limitS * 1e6) {
    return timedOut(
      `Nothing reported for ${lasting(view.modifiedUs, moment.nowUs)} (limit ${
        inWords(limitS)
      })`,
      sinceUs + limitS * 1e6,
    );
  }
  return { state: "pending", reason: view.note, since: null, stale: false };
}

function timedOut(reason: string, sinceUs: number): Finding {
  const since = formatTimestamp(Math.round(sinceUs));
  return { state: "timed_out", reason, since, stale: false };
}

/** Whom a running session waits for; null if for nobody. */
function waitOf(
  { status }: SessionView,
  { nowUs }: AssessContext,
): Pick<Verdict, "reason" | "since"> | null {
  const wait = status.ptrack?.waiting ?? null;
  if (wait !== null && wait.kind === undefined) {
    return { reason: wait.reason, since: wait.since };
  }
  const asking = askingOf(status);
  if (asking !== null) {
    return { reason: asking.asks ?? "", since: asking.since };
  }
  if (wait?.kind !== "idle") return null;
  const sinceUs = parseTimestamp(wait.since) ?? 0;
  return Math.abs(nowUs - sinceUs) < IDLE_AFTER_S * 1e6
    ? null
    : { reason: wait.reason, since: wait.since };
}

function isIdle({ status }: SessionView): boolean {
  return status.ptrack?.waiting?.kind === "idle";
}

function lasting(fromUs: number, toUs: number): string {
  return inWords(Math.floor((toUs - fromUs) / 1e6));
}

/** A duration without its smaller unit where that is nought: `5m`. */
function inWords(seconds: number): string {
  return formatDuration(seconds).replace(/ 0+[a-z]$/, "");
}

function ageS(us: number, { nowUs }: AssessContext): number {
  return round(Math.max(0, nowUs - us) / 1e6);
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

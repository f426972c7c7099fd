/**
 * status.json as a value: blank, parsed leniently (others write it too), and
 * written with the keys in the order of the format. Unknown keys survive.
 */
import {
  clampPercent,
  isCount,
  isObject,
  isText,
  isTexts,
  mayHoldNumber,
  parseExactly,
  stringOr,
  textsOf,
} from "./event.ts";
import { parseOwn, parseTimestamp } from "./times.ts";
import type {
  Bookkeeping,
  JsonObject,
  LogTail,
  Owner,
  SessionRef,
  State,
  Status,
  Waiting,
} from "./types.ts";

/** The version of the format that this program writes. */
export const FORMAT_VERSION = 1;

const STATES: ReadonlySet<unknown> = new Set<State>([
  "pending",
  "running",
  "completed",
  "failed",
  "timed_out",
]);

/** Keys whose values are numbers of ptrack. */
interface OwnNumbers {
  readonly [key: string]: true | OwnNumbers;
}

/** Where a status has numbers of ptrack; all others are of other programs. */
const OWN_NUMBERS: OwnNumbers = {
  progress_pct: true,
  ptrack: {
    version: true,
    attempt: true,
    log_bytes: true,
    log_tail: { bytes: true },
    errors_total: true,
    heartbeat_timeout: true,
    session_timeout: true,
    elapsed_s: true,
    owner: { pid: true },
    child: { pid: true },
    agent: { process: { pid: true }, subagents_total: true },
  },
};

/** The status of a session that has recorded nothing. */
export function blankStatus(ref: SessionRef): Status {
  return {
    session_id: ref.sessionId,
    workspace: ref.workspace,
    state: "pending",
    task_description: "",
    progress_pct: 0,
    message: "",
    errors: [],
    started_at: null,
    last_heartbeat: null,
    completed_at: null,
    output_files: [],
    metadata: {},
  };
}

/** The bookkeeping of a session that has recorded nothing. */
export function blankBookkeeping(): Bookkeeping {
  return {
    version: FORMAT_VERSION,
    attempt: 0,
    log_bytes: 0,
    log_tail: null,
    errors_total: 0,
    progress_at: null,
    waiting: null,
    heartbeat_timeout: null,
    session_timeout: null,
    batch: null,
    owner: null,
    child: null,
  };
}

const BOOKKEEPING_KEYS = Object.keys(blankBookkeeping());
const TEXTS = ["session_id", "workspace", "task_description", "message"];
const TIMES = ["started_at", "last_heartbeat", "completed_at"];

/** Whether an attempt has ended. */
export function hasEnded(state: State): boolean {
  return state === "completed" || state === "failed" || state === "timed_out";
}

/** Why a session has failed, from its message. */
export function failureOf(message: string): string {
  return message.replace(/^FAILED: /, "");
}

/** The current attempt, from 1; null if nobody counts. */
export function attemptOf({ ptrack }: Status): number | null {
  return ptrack?.attempt || null;
}

/** What went wrong, of an error as a status has it: `[timestamp] text`. */
export function textOfError(error: string): string {
  return error.replace(/^\[[^\]]{1,40}\] /, "").replace(/^FATAL: /, "");
}

/** What it last said; what it is to do, where it has said nothing. */
export function messageOrTask({ message, task_description }: Status): string {
  return message || task_description;
}

/** The JSON text of a status: its keys in the order of the format, then others. */
export function serializeStatus(status: Status): string {
  // A key keeps the place where it first stands.
  const order = blankStatus({ workspace: "", sessionId: "" });
  const ordered = { ...order, ptrack: null, ...status };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

/**
 * Reads the text of a status.json. Null if it is no JSON object (perhaps half
 * written); "unknown state" if its state is none of ours.
 */
export function parseStatus(
  text: string,
  ref: SessionRef,
): Status | "unknown state" | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  if (!STATES.has(value["state"])) return "unknown state";
  if (isWellFormed(value) && !mayHoldNumbersOfOthers(value)) return value;
  const exact = parseExactly(text, value);
  makePlain(exact, OWN_NUMBERS);
  return isWellFormed(exact) ? exact : repair(exact, ref);
}

/**
 * Whether others may have put a number into a status whose keys are as we write
 * them. Every heartbeat asks, so it counts keys instead of looking at values.
 */
function mayHoldNumbersOfOthers(status: Status): boolean {
  const { ptrack, metadata } = status;
  if (ptrack === undefined || mayHoldNumber(metadata)) return true;
  const { log_tail, owner, child, waiting, agent, ended_by } = ptrack;
  const optional = (agent === undefined ? 0 : 1) +
    (ended_by === undefined ? 0 : 1);
  return hasOthers(status, 13) ||
    hasOthers(ptrack, BOOKKEEPING_KEYS.length + optional) ||
    hasOthers(log_tail, 3) || hasOthers(owner, 5) || hasOthers(child, 2) ||
    hasOthers(waiting, waiting?.kind === undefined ? 2 : 3);
}

function hasOthers(value: object | null, known: number): boolean {
  return value !== null && Object.keys(value).length !== known;
}

/**
 * Whether every key is as we write it: then the value is taken as it is. Spelled
 * out, because monitors ask it of thousands.
 */
function isWellFormed(value: JsonObject): value is Status {
  const { errors, output_files, progress_pct, metadata, ptrack } = value;
  return isText(value["session_id"]) && isText(value["workspace"]) &&
    isText(value["task_description"]) && isText(value["message"]) &&
    isTextOrNull(value["started_at"]) &&
    isTextOrNull(value["last_heartbeat"]) &&
    isTextOrNull(value["completed_at"]) &&
    isTexts(errors) && isTexts(output_files) && isObject(metadata) &&
    clampPercent(progress_pct) === progress_pct &&
    (ptrack === undefined || parseBookkeeping(ptrack) === ptrack);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

/** Makes our own numbers plain ones again. */
function makePlain(value: object, own: OwnNumbers): void {
  const object = value as Record<string, unknown>;
  for (const key in own) {
    const item = object[key];
    const inner = own[key]!;
    if (item instanceof Number) object[key] = Number(item);
    else if (inner !== true && typeof item === "object" && item !== null) {
      makePlain(item, inner);
    }
  }
}

/** Puts a fitting value where a known key has another kind, or is missing. */
function repair(value: JsonObject, ref: SessionRef): Status {
  const { ptrack, ...rest } = value;
  const blank = blankStatus(ref);
  const status: Status = {
    ...blank,
    ...rest,
    progress_pct: clampPercent(value["progress_pct"]) ?? 0,
    errors: textsOf(value["errors"]) ?? [],
    output_files: textsOf(value["output_files"]) ?? [],
    metadata: isObject(value["metadata"]) ? value["metadata"] : {},
  };
  for (const key of [...TEXTS, ...TIMES]) {
    status[key] = stringOr(value[key], blank[key]);
  }
  const bookkeeping = parseBookkeeping(ptrack);
  if (bookkeeping !== null) status.ptrack = bookkeeping;
  return status;
}

/** The value itself if it is whole; null, so foreign, if it makes no sense. */
function parseBookkeeping(value: unknown): Bookkeeping | null {
  if (!isObject(value)) return null;
  const { version, attempt, log_bytes, log_tail, errors_total } = value;
  const { progress_at, waiting, heartbeat_timeout, session_timeout } = value;
  const { batch, owner, child } = value;
  const makesSense = isCount(version) && version > 0 && isCount(attempt) &&
    isCount(log_bytes) && isCount(errors_total) &&
    (log_tail === null ? log_bytes === 0 : isLogTail(log_tail)) &&
    isNullOr(heartbeat_timeout, isSeconds) &&
    isNullOr(session_timeout, isSeconds) &&
    isNullOr(batch, isText) && isNullOr(progress_at, isText) &&
    isNullOr(waiting, isWaiting) &&
    isNullOr(owner, isProcess) && isNullOr(child, isProcess);
  if (!makesSense) return null;
  const isWhole = heartbeat_timeout !== undefined &&
    session_timeout !== undefined && batch !== undefined &&
    progress_at !== undefined && waiting !== undefined &&
    owner !== undefined && child !== undefined;
  return (isWhole ? value : { ...blankBookkeeping(), ...value }) as Bookkeeping;
}

/** A length of time that was measured. */
export function isElapsed(value: unknown): value is number {
  return value === 0 || isSeconds(value);
}

/** A length of time that a timeout can have. */
export function isSeconds(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isNullOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === null || value === undefined || is(value);
}

function isLogTail(value: unknown): value is LogTail {
  return isObject(value) && isText(value["id"]) && isCount(value["bytes"]) &&
    isNullOr(value["timestamp"], isTimestamp);
}

function isTimestamp(value: unknown): boolean {
  return parseTimestamp(value) !== null;
}

function isWaiting(value: unknown): value is Waiting {
  return isObject(value) && isText(value["reason"]);
}

/** Whether a value names a process, as an owner or a child does. */
export function isProcess(value: unknown): value is Owner {
  return isObject(value) && isCount(value["pid"]) && value["pid"] > 0 &&
    isNullOr(value["started"], isText) && isNullOr(value["host"], isText) &&
    isNullOr(value["boot"], isText) && isNullOr(value["ns"], isText);
}

/** What reads a status, for `Platform.compileLess`. */
export const STATUS_FUNCTIONS = [
  parseStatus,
  isWellFormed,
  parseBookkeeping,
  isLogTail,
  mayHoldNumbersOfOthers,
  parseOwn,
];

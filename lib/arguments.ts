/**
 * What a program passes to the library: the options of a tracker, and checks
 * for programs in JavaScript, which may pass anything. An option that
 * was ignored silently would make a report wrong.
 */
import { UsageError } from "./errors.ts";
import {
  isCount,
  isObject,
  isText,
  isTexts,
  parseExactly,
} from "./session/event.ts";
import type { JsonObject } from "./session/types.ts";

/** Which session to report, and where. */
export interface SessionTrackerOptions {
  /** Letters, digits, dots, dashes and underscores; unique in the workspace. */
  sessionId: string;
  /** The group it belongs to; `default` if not given. */
  workspace?: string;
  /** The `.parallel` directory; found as the command finds it if not given. */
  directory?: string;
  /** The attempt this writer belongs to, when another program has begun it. */
  attempt?: number;
  /**
   * Takes the errors of `heartbeat`, `waiting` and `error`, which then do not
   * throw: for work that must not stop because its reports cannot be kept.
   */
  onProblem?: (problem: Error) => void;
}

/** How a session begins. */
export interface SessionStartOptions {
  /** Anything worth knowing, as JSON; 32 KiB at most. */
  metadata?: JsonObject;
  /** One launch of many sessions. */
  batch?: string;
  /** Seconds without a heartbeat that a monitor takes for a hang. */
  heartbeatTimeoutS?: number;
  /** Seconds that the session may take in all. */
  sessionTimeoutS?: number;
  /** The process that the session lives and dies with; of `run` this one. */
  ownerPid?: number;
  /** Begin an ended or timed-out session again. */
  restart?: boolean;
  /** Replace a live session too. */
  force?: boolean;
}

/** What a heartbeat says besides "alive". */
export interface HeartbeatOptions {
  /** 0 to 100; values outside are clamped. */
  progressPct?: number | null;
  /** What it does now. */
  message?: string;
  /** Merged, key by key, with what is recorded. */
  metadata?: JsonObject;
}

/** How a session completes. */
export interface SessionCompleteOptions {
  /** What was made, as paths. */
  outputFiles?: string[];
  /** The last message. */
  message?: string;
  /** Refuse while an output is missing, empty or older than the attempt. */
  verify?: boolean;
}

/** How a session fails, besides the error. */
export interface SessionFailOptions {
  /** What was made all the same, as paths. */
  outputFiles?: string[];
}

/** How `run` begins a session and ends it. */
export interface RunOptions extends SessionStartOptions {
  /** What the session is to do. */
  description?: string;
  /** Recorded when the session completes. */
  outputFiles?: string[];
  /** Recorded when the session completes. */
  message?: string;
}

const isNumber = (value: unknown): value is number =>
  typeof value === "number" && !Number.isNaN(value);
const isLength = (value: unknown) => isNumber(value) && value >= 0;

/** What arguments may be: how to tell, and what it is called. */
const KINDS = {
  text: [isText, "text"],
  "text or null": [(value) => value === null || isText(value), "text"],
  path: [(value) => isText(value) && value !== "", "a path"],
  flag: [(value) => typeof value === "boolean", "true or false"],
  percentage: [(value) => value === null || isNumber(value), "a number"],
  limit: [
    (value) => isNumber(value) && value > 0 && value < Infinity,
    "a number of seconds above 0",
  ],
  time: [isLength, "a number of seconds"],
  milliseconds: [isLength, "a number of milliseconds"],
  count: [isCount, "a whole number, not below 0"],
  process: [
    (value) => isCount(value) && value > 0,
    "the number of a process",
  ],
  texts: [isTexts, "a list of texts"],
  expectation: [
    (value) => isCount(value) || isTexts(value),
    "a number of sessions, or a list of their names",
  ],
  object: [isObject, "an object"],
  function: [(value) => typeof value === "function", "a function"],
  signal: [(value) => value instanceof AbortSignal, "an AbortSignal"],
} satisfies Record<string, [is: (value: unknown) => boolean, what: string]>;

/** What an argument has to be. */
export type Kind = keyof typeof KINDS;

/** Throws a UsageError unless `value` fits; `action` is what cannot be done. */
export function checkArgument(
  action: string,
  [name, value]: [name: string, value: unknown],
  kind: Kind,
): void {
  const [is, what] = KINDS[kind];
  if (is(value)) return;
  throw new UsageError(
    `Cannot ${action}: ${name} is ${shown(value)}, and has to be ${what}`,
  );
}

/**
 * Throws a UsageError unless `options` is an object in which each option is one
 * of `kinds` and fits. One that is undefined was not given.
 */
export function checkOptions(
  action: string,
  options: unknown,
  kinds: Readonly<Record<string, Kind>>,
): void {
  checkArgument(action, ["what it is given", options], "object");
  for (const [name, value] of Object.entries(options as object)) {
    if (!Object.hasOwn(kinds, name)) {
      const known = Object.keys(kinds).join(", ");
      throw new UsageError(
        `Cannot ${action}: there is no option "${name}"; there are ${known}`,
      );
    }
    if (value !== undefined) checkArgument(action, [name, value], kinds[name]!);
  }
}

const START: Record<keyof SessionStartOptions, Kind> = {
  metadata: "object",
  batch: "text",
  heartbeatTimeoutS: "limit",
  sessionTimeoutS: "limit",
  ownerPid: "process",
  restart: "flag",
  force: "flag",
};
const TRACKER: Record<keyof SessionTrackerOptions, Kind> = {
  sessionId: "text",
  workspace: "text",
  directory: "path",
  attempt: "count",
  onProblem: "function",
};
const RUN: Record<keyof RunOptions, Kind> = {
  ...START,
  description: "text",
  outputFiles: "texts",
  message: "text",
};
const HEARTBEAT: Record<keyof HeartbeatOptions, Kind> = {
  progressPct: "percentage",
  message: "text",
  metadata: "object",
};
const COMPLETE: Record<keyof SessionCompleteOptions, Kind> = {
  outputFiles: "texts",
  message: "text",
  verify: "flag",
};

/** What each verb takes: perhaps one argument, and options. */
const VERBS: Record<string, {
  argument?: [name: string, kind: Kind];
  options?: Readonly<Record<string, Kind>>;
}> = {
  start: { argument: ["the description", "text"], options: START },
  heartbeat: { options: HEARTBEAT },
  waiting: { argument: ["the reason", "text"] },
  complete: { options: COMPLETE },
  fail: { options: { outputFiles: "texts" } },
  run: { argument: ["the work", "function"], options: RUN },
};

/** Throws a UsageError unless a tracker can be made with these options. */
export function checkTrackerOptions(options: SessionTrackerOptions): void {
  const action = "track a session";
  checkOptions(action, options, TRACKER);
  checkArgument(action, ["sessionId", options.sessionId], "text");
}

/**
 * Throws a UsageError unless a verb of a tracker takes these arguments; returns
 * the options with the metadata as JSON keeps it.
 */
export function checkVerb<Options extends object>(
  { verb, sessionId, argument }: {
    verb: string;
    sessionId: string;
    argument?: unknown;
  },
  options: Options,
): Options {
  const action = `${verb === "waiting" ? "wait in" : verb} "${sessionId}"`;
  const { argument: expected, options: kinds = {} } = VERBS[verb]!;
  if (expected !== undefined) {
    checkArgument(action, [expected[0], argument], expected[1]);
  }
  checkOptions(action, options, kinds);
  const { metadata } = options as { metadata?: JsonObject };
  if (metadata === undefined) return options;
  return { ...options, metadata: asJson(action, metadata) };
}

/** The metadata as JSON keeps it; throws a UsageError if JSON cannot. */
function asJson(action: string, metadata: JsonObject): JsonObject {
  let kept: unknown;
  try {
    kept = parseExactly(JSON.stringify(metadata));
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    throw new UsageError(`Cannot ${action}: metadata is no JSON: ${why}`);
  }
  // A Date is an object, and JSON makes a text of it.
  checkArgument(action, ["metadata, as JSON,", kept], "object");
  return kept as JsonObject;
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}

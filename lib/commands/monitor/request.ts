/**
 * What every view of `ptrack monitor` is asked: where to look, at which
 * sessions, by which limits, and how to print. Read from the command line and
 * the environment once, so that the views only have to look.
 */
import { NotFoundError, UsageError } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import { Monitoring } from "../../monitor.ts";
import type { Limits } from "../../session/verdict.ts";
import { parseDuration } from "../../session/duration.ts";
import { checkName } from "../../session/names.ts";
import type { Selection } from "../../session/selection.ts";
import { parseTimestamp } from "../../session/timestamp.ts";
import { openStore } from "../../store/open.ts";
import type { SessionStore } from "../../store/store.ts";
import { namedDirectory, setting, variable } from "../../cli/settings.ts";
import type { Invocation } from "../../cli/command.ts";
import { WORKSPACE } from "../../cli/options.ts";
import { badValue } from "../../cli/messages.ts";
import { parseSeconds } from "../../cli/values.ts";

/** What a view needs. */
export interface MonitorRequest {
  platform: Platform;
  store: SessionStore;
  monitoring: Monitoring;
  /** The workspace that was named, null if none was. */
  workspace: string | null;
  selection: Selection & { sessions: readonly string[] };
  pollIntervalMs: number;
  /** Whether standard output gets colour. */
  colored: boolean;
  json: boolean;
}

/** Runs a view; returns the exit code. */
export type ViewRun = (
  request: MonitorRequest,
  invocation: Invocation,
) => Promise<number>;

const POLL_INTERVAL_S = 30;

/** Reads what all views share. Throws UsageError. */
export function readRequest(
  platform: Platform,
  invocation: Invocation,
): MonitorRequest {
  const store = openStore(platform, namedDirectory(platform, invocation));
  const workspace = setting(platform, invocation, WORKSPACE);
  if (workspace !== null) checkPlace(workspace, "workspace");
  // Only log has an operand.
  const sessions = [...invocation.operands, ...invocation.list("session")];
  for (const session of sessions) checkPlace(session, "session");
  const pollS = secondsOf(invocation, "poll-interval") ?? POLL_INTERVAL_S;
  return {
    platform,
    store,
    monitoring: new Monitoring(store, platform.clock, {
      limits: readLimits(invocation),
      sight: platform,
    }),
    workspace,
    selection: {
      sessions,
      batch: invocation.text("batch"),
      sinceUs: readSince(platform, invocation.text("since")),
    },
    pollIntervalMs: pollS * 1000,
    colored: isColored(platform, invocation.text("color")),
    json: invocation.flag("json"),
  };
}

/** The workspace that was named, or the only one; null if there is none. */
export async function onlyWorkspace(
  { store, workspace }: Pick<MonitorRequest, "store" | "workspace">,
): Promise<string | null> {
  if (workspace !== null) return workspace;
  const names = await store.workspaces();
  if (names.length < 2) return names[0] ?? null;
  throw new UsageError(
    `Cannot choose a workspace: there are ${quoteAll(names)}; ` +
      "name one with --workspace",
  );
}

/** Why there is nothing to show, with what there is instead. */
export async function nothingThere(
  store: SessionStore,
  workspace: string | null,
): Promise<NotFoundError> {
  const names = await store.workspaces();
  if (workspace === null || names.length === 0) {
    const what = workspace === null
      ? "any workspace"
      : `workspace ${JSON.stringify(workspace)}`;
    return new NotFoundError(
      `Cannot find ${what}: nothing has been recorded in "${store.location}"`,
    );
  }
  return new NotFoundError(
    `Cannot find workspace ${JSON.stringify(workspace)}: there ${
      names.length === 1 ? "is" : "are"
    } ${quoteAll(names)} in "${store.location}"`,
  );
}

/** Names for a message, the first few of many. */
export function quoteAll(names: readonly string[]): string {
  const few = names.slice(0, 10).map((name) => JSON.stringify(name));
  if (names.length > few.length) few.push(`${names.length - few.length} more`);
  return few.length < 2
    ? few.join("")
    : `${few.slice(0, -1).join(", ")} and ${few.at(-1)}`;
}

/**
 * A name that others made may break our rule and still be looked at; one that
 * leads out of its directory may not.
 */
export function checkPlace(name: string, kind: "workspace" | "session"): void {
  if (name === "" || /^\.|[/\\\0]/.test(name)) checkName(name, kind);
}

function readLimits(invocation: Invocation): Limits {
  return {
    heartbeatTimeoutS: secondsOf(invocation, "heartbeat-timeout"),
    sessionTimeoutS: secondsOf(invocation, "session-timeout"),
    stallAfterS: secondsOf(invocation, "stall-after"),
  };
}

function secondsOf(invocation: Invocation, option: string): number | null {
  const text = invocation.text(option);
  return text === null ? null : parseSeconds(text, `--${option}`);
}

/** A time, or so long ago; microseconds since 1970. */
function readSince(platform: Platform, text: string | null): number | null {
  if (text === null) return null;
  const agoS = parseDuration(text);
  if (agoS !== null) return platform.clock.nowUs() - agoS * 1e6;
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const atUs = parseTimestamp(isDate ? `${text}T00:00` : text);
  if (atUs !== null) return atUs;
  throw badValue(
    text,
    "--since",
    "it is a time such as 2026-02-13T10:15, or a duration ago such as 2h",
  );
}

function isColored(platform: Platform, when: string | null): boolean {
  if (when === "always" || when === "never") return when === "always";
  return platform.stdout.isTerminal &&
    variable(platform, "NO_COLOR") === null &&
    platform.env("TERM") !== "dumb";
}

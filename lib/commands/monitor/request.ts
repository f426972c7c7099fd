/**
 * What the views of `ptrack monitor` share: the options that say where to look,
 * at which sessions and by which limits, and what they come to.
 */
import {
  HEARTBEAT_TIMEOUT,
  namedDirectory,
  secondsOf,
  SESSION_TIMEOUT,
  setting,
  variable,
  WORKSPACE,
} from "../../cli/options.ts";
import type { Invocation, Option } from "../../cli/command.ts";
import { NotFoundError, UsageError, valueError } from "../../errors.ts";
import type { ChangesOptions, SessionMonitor } from "../../monitor.ts";
import type { Platform } from "../../platform/platform.ts";
import { hasZone, parseDuration, parseTimestamp } from "../../session/times.ts";
import { offsetAt } from "../../platform/time_zone.ts";
import { checkExistingName } from "../../session/names.ts";
import type { Snapshot } from "../../session/types.ts";
import { openStore } from "../../store/open.ts";
import { noSuchSessions, nothingThere, quoteAll } from "../not_found.ts";

/** Which sessions to show, and by which limits to judge them. */
export const SELECTION: readonly Option[] = [
  {
    name: "session",
    short: "s",
    value: "ID",
    repeatable: true,
    help: "Only this session",
  },
  { name: "batch", value: "NAME", help: "Only attempts of this batch" },
  {
    name: "since",
    value: "TIME|DURATION",
    help: "Only attempts since a time, local unless it names a zone, or " +
      "within a duration",
  },
  HEARTBEAT_TIMEOUT,
  SESSION_TIMEOUT,
  {
    name: "stall-after",
    value: "DURATION",
    help: "Stale after this long without progress (30m)",
  },
];

/** `--poll-interval` of the views that go on. */
export const POLL_INTERVAL: Option = {
  name: "poll-interval",
  value: "DURATION",
  help: "How often to look where file events do not arrive (30s)",
};

/** `--json` of the views that print changes. */
export const JSON_LINES: Option = {
  name: "json",
  help: "Print JSON, one object a line",
};

/** The exit codes of all views for what goes wrong. */
export const ERROR_CODES: readonly [number, string][] = [
  [2, "the command line or the environment is wrong"],
  [3, "no such session or workspace, or nothing there"],
  [4, "could not read or write"],
];

/** What a view works with. */
export type MonitorRequest = ReturnType<typeof readRequest>;

/** Reads what the views share. Throws UsageError. */
export function readRequest(platform: Platform, invocation: Invocation) {
  const limit = (option: string) => secondsOf(invocation, option) ?? undefined;
  const store = openStore(platform, namedDirectory(platform, invocation));
  const workspace = setting(platform, invocation, WORKSPACE);
  if (workspace !== null) checkExistingName(workspace, "workspace");
  const sessions = invocation.list("session");
  for (const session of sessions) checkExistingName(session, "session");
  return {
    platform,
    store,
    /** Null if none was named. */
    workspace,
    limits: {
      heartbeatTimeoutS: limit("heartbeat-timeout"),
      sessionTimeoutS: limit("session-timeout"),
      stallAfterS: limit("stall-after"),
    },
    selection: {
      sessions,
      batch: invocation.text("batch"),
      sinceUs: readSince(platform, invocation.text("since")),
    },
    pollIntervalMs: 1000 * (limit("poll-interval") ?? 30),
    /** Whether standard output gets colour. */
    colored: isColored(platform, invocation.text("color")),
    json: invocation.flag("json"),
    onChange: readCommand(invocation.text("on-change")),
  };
}

function readCommand(text: string | null): string | null {
  if (text === null || /^[^\0]*\S[^\0]*$/.test(text)) return text;
  throw valueError(text, "--on-change", "it is a command for the shell");
}

/** When clocks here show what they show in UTC at `us`. */
function localTime(us: number): number {
  const near = us - offsetAt(us) * 60e6;
  return us - offsetAt(near) * 60e6;
}

/** A time, or so long ago; microseconds since 1970. Times are local. */
function readSince(platform: Platform, text: string | null): number | null {
  if (text === null) return null;
  const agoS = parseDuration(text);
  if (agoS !== null) return platform.clock.nowUs() - agoS * 1e6;
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const time = isDate ? `${text}T00:00` : text;
  const atUs = parseTimestamp(time);
  if (atUs !== null) return hasZone(time) ? atUs : localTime(atUs);
  const expected =
    "it is a time such as 2026-02-13T10:15, or a duration ago such as 2h";
  throw valueError(text, "--since", expected);
}

function isColored(platform: Platform, when: string | null): boolean {
  if (when === "always" || when === "never") return when === "always";
  return platform.stdout.isTerminal &&
    variable(platform, "NO_COLOR") === null &&
    platform.env("TERM") !== "dumb";
}

/** A monitor of a workspace; of all if it is null. A log is shown without. */
export async function openMonitor(
  { store, platform, limits }: MonitorRequest,
  workspace: string | null,
): Promise<SessionMonitor> {
  const { SessionMonitor } = await import("../../monitor.ts");
  return new SessionMonitor({ workspace, ...limits }, { store, platform });
}

/** The sessions that were asked for. Throws NotFoundError if one is missing. */
export async function takeSnapshots(
  request: MonitorRequest,
): Promise<Snapshot[]> {
  const { store, workspace, selection } = request;
  const monitor = await openMonitor(request, workspace);
  const snapshots = await monitor.snapshots(selection);
  if (snapshots.length === 0) throw await nothingThere(store, workspace);
  const found = new Set(
    snapshots.flatMap(({ sessions }) =>
      sessions.map(({ view }) => view.sessionId)
    ),
  );
  const missing = selection.sessions.filter((id) => !found.has(id));
  if (missing.length > 0) throw await noSuchSessions(store, missing, workspace);
  const { batch } = selection;
  if (batch !== null && found.size === 0) {
    throw new NotFoundError(
      `Cannot find a session of batch ${JSON.stringify(batch)}`,
    );
  }
  if (selection.sessions.length === 0 && batch === null) return snapshots;
  return snapshots.filter(({ sessions }) => sessions.length > 0);
}

const TICK_MS = 1_000;

/**
 * The workspace that was named, or the only one, as soon as there is one; null
 * when time has run out or `signal` has aborted. Throws UsageError if there are
 * several. Calls `onNone` before it waits; what that throws ends the search.
 */
export async function findWorkspace(
  request: MonitorRequest,
  limits: Pick<ChangesOptions, "timeoutMs" | "signal">,
  onNone: () => void | Promise<void>,
): Promise<string | null> {
  const { workspace, store, pollIntervalMs } = request;
  if (workspace !== null) return workspace;
  let names = await store.workspaces();
  if (names.length === 0) {
    await onNone();
    const changes = (await openMonitor(request, null))
      .changes({ ...limits, pollIntervalMs, tickMs: TICK_MS });
    for await (const snapshots of changes) {
      names = snapshots.map(({ workspace }) => workspace);
      if (names.length > 0) break;
    }
  }
  if (names.length < 2) return names[0] ?? null;
  throw new UsageError(
    `Cannot choose a workspace: there are ${quoteAll(names)}; ` +
      "name one with --workspace",
  );
}

/**
 * `ptrack hook`: an agent tells what it is at, and the session that it belongs
 * to hears of it. A pure observer: it reads, records and is gone, and whatever
 * goes wrong is nobody's business but the debug log's.
 */
import { resolve } from "@std/path";
import { NotFoundError, RefusedError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { describeOwner, lookAtOwner } from "../process/owners.ts";
import { agentOf } from "../session/agent.ts";
import { checkName } from "../session/names.ts";
import type {
  JsonObject,
  NewEvent,
  Owner,
  SessionRef,
  Status,
} from "../session/types.ts";
import { findCheckout } from "../store/files/checkout.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { type Format, HOOK_FORMATS, type HookFormat } from "./formats.ts";
import {
  agentSessionId,
  isOther,
  lengthen,
  nameAgentSession,
  sessionsNamedAfter,
} from "./identity.ts";
import { type HookEvent, readHookEvent } from "./hook_event.ts";
import { begins, type Context, planDrafts } from "./transitions.ts";
import type { PrivacyOptions } from "./tool_call.ts";

/** How a hook is called. */
export interface HookOptions {
  format: Format;
  discretion: PrivacyOptions;
  /** The `.parallel` directory that was named, null to look for it. */
  directory: string | null;
  /** The session that was named by whoever launched the agent. */
  session: string | null;
  /** The workspace of a session that was named, and of one that was not. */
  workspace: { named: string; unnamed: string };
  /** The attempt of the session that was named; null if unknown. */
  attempt: number | null;
  batch: string | null;
}

/** What a hook has done, for the debug log. */
export interface HookOutcome {
  event: string;
  /** The session; null where none was concerned. */
  ref: SessionRef | null;
  /** The events that were recorded. */
  recorded: string[];
}

/** Records what a payload says. Throws what kept it from that. */
export async function recordHook(
  platform: Platform,
  payload: JsonObject,
  options: HookOptions,
): Promise<HookOutcome> {
  const dialect = HOOK_FORMATS[options.format];
  const notice = readHookEvent(dialect.translate(payload), options.discretion);
  notice.session ||= agentSessionId(platform, dialect) ?? "";
  const setting = whereFrom(platform, notice, dialect);
  const store = openStore(platform, options.directory, setting.project);
  const pid = processOf(platform, dialect);
  const call: Call = { platform, store, notice, options, pid, ...setting };
  return await recordNamed(call) ?? await recordUnnamed(call);
}

/** All about one call. */
interface Call {
  platform: Platform;
  store: SessionStore;
  notice: HookEvent;
  options: HookOptions;
  /** The agent's process; null if unknown. */
  pid: number | null;
  /** Where the agent works, and where its session began. */
  directory: string;
  project: string;
}

/** Where the agent works moves about; where it began tells the store. */
function whereFrom(
  platform: Platform,
  notice: HookEvent,
  { variables }: HookFormat,
): { directory: string; project: string } {
  const [project, directory] = [variables.project, variables.directory].map(
    (name) => absolute(platform, name === null ? "" : platform.env(name) ?? ""),
  );
  const present = absolute(platform, notice.directory) ?? directory ??
    platform.workingDirectory();
  return { directory: present, project: project ?? present };
}

/** A path without detours; null if it is not absolute. */
function absolute(platform: Platform, path: string): string | null {
  const isOne = path.startsWith("/") ||
    platform.system === "windows" && /^[A-Za-z]:[\\/]/.test(path);
  if (!isOne || path.includes("\0")) return null;
  // `resolve` takes its time, and agents' paths are straight.
  return /\/[/.]|\\|.\/$/.test(path) ? resolve(path) : path;
}

/** The agent's process, as the environment tells. */
function processOf(
  platform: Platform,
  { variables }: HookFormat,
): number | null {
  const text = [variables.process, "PTRACK_OWNER_PID"].map((name) =>
    name === null ? "" : platform.env(name) ?? ""
  ).find((value) => /^[1-9]\d{0,14}$/.test(value));
  return text === undefined ? null : Number(text);
}

/** A process as it is recorded; null if it is gone, or there is none. */
function describe(platform: Platform, pid: number | null): Owner | null {
  return pid === null || platform.inspectProcess(pid).kind === "gone"
    ? null
    : describeOwner(platform, pid);
}

/** Records in the session that was named; null if that is not the agent's. */
async function recordNamed(call: Call): Promise<HookOutcome | null> {
  const { platform, notice, options, pid } = call;
  if (options.session === null) return null;
  const ref = {
    workspace: checkName(options.workspace.named, "workspace"),
    sessionId: checkName(options.session, "session"),
  };
  // An agent within an agent has its environment, and a session of its own.
  const isOurs = (status: Status) =>
    !isOther(platform, status, { session: notice.session, pid });
  return await record(call, ref, { isNamed: true, isOurs });
}

/** Records in the session that the agent's own id leads to. */
async function recordUnnamed(call: Call): Promise<HookOutcome> {
  const { store, notice: { session, event }, options, platform, directory } =
    call;
  const nothing = { event, ref: null, recorded: [] };
  if (session === "") return nothing;
  const { named, unnamed } = options.workspace;
  const workspace = checkName(
    options.session === null ? unnamed : named,
    "workspace",
  );
  const isOurs = (status: Status) =>
    ["", session].includes(agentOf(status).session);
  const known = await sessionsNamedAfter(session, { store, workspace });
  for (const sessionId of known) {
    const ref = { workspace, sessionId };
    const outcome = await record(call, ref, { isNamed: false, isOurs });
    if (outcome !== null) return outcome;
  }
  if (!begins(call.notice)) return nothing;
  const checkout = findCheckout(platform, directory);
  const name = nameAgentSession(checkout, directory, session);
  const sessionId = known.includes(name) ? lengthen(name, session) : name;
  const ref = { workspace, sessionId };
  return await record(call, ref, { isNamed: false, isOurs }) ?? nothing;
}

function circumstances(call: Call, isNamed: boolean): Context {
  const { platform, notice, options, pid } = call;
  const checkout = () => findCheckout(platform, call.directory);
  return {
    nowUs: platform.clock.nowUs(),
    isNamed,
    attempt: isNamed ? options.attempt : null,
    pid,
    describeOwner: () => describe(platform, pid),
    batch: options.batch,
    description: `${HOOK_FORMATS[options.format].name} session`,
    get metadata() {
      const { path = null, branch = null } = checkout() ?? {};
      return {
        agent: options.format,
        cwd: call.directory,
        ...(path === null ? {} : { worktree: path }),
        ...(branch === null ? {} : { branch }),
        ...(notice.transcript === "" ? {} : { transcript: notice.transcript }),
      };
    },
    isGone: (recorded) => lookAtOwner(platform, recorded) === "gone",
  };
}

/** Another hook's event may come first: then it is planned anew. */
const TRIES = 4;

/** Which session a call may be recorded in. */
interface Claim {
  isNamed: boolean;
  isOurs(status: Status): boolean;
}

/** Records what the notice says of a session; null if it is another's. */
async function record(
  call: Call,
  ref: SessionRef,
  { isNamed, isOurs }: Claim,
): Promise<HookOutcome | null> {
  const { store, notice } = call;
  const known = circumstances(call, isNamed);
  const create = begins(notice);
  const outcome = { event: notice.event, ref, recorded: [] as string[] };
  for (let tried = 0; tried < TRIES; tried++) {
    const plan: Plan = { drafts: [], isOurs: true };
    try {
      const { counted } = await store.record(ref, ({ status }) => {
        plan.isOurs = isOurs(status);
        plan.drafts = plan.isOurs ? planDrafts(status, notice, known) : [];
        const [first] = plan.drafts;
        if (first === undefined) throw new RefusedError("Nothing to record");
        return first;
      }, { create });
      if (!counted) continue;
    } catch (error) {
      if (!plan.isOurs) return null;
      const isNothing = plan.drafts.length === 0 &&
        (error instanceof RefusedError || error instanceof NotFoundError);
      if (isNothing) return outcome;
      throw error;
    }
    const [, ...rest] = plan.drafts;
    for (const draft of rest) await store.record(ref, () => draft);
    return { ...outcome, recorded: plan.drafts.map(({ event }) => event) };
  }
  return outcome;
}

interface Plan {
  drafts: NewEvent[];
  isOurs: boolean;
}

/**
 * `ptrack hook`: an agent tells what it is at, and the session that it belongs
 * to hears of it. A pure observer: it reads, records and is gone, and whatever
 * goes wrong is nobody's business but the debug log's.
 */
import { resolve } from "@std/path/resolve";
import { NotFoundError, RefusedError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { describeOwner, lookAtOwner } from "../owners.ts";
import { agentOf } from "../session/agent.ts";
import { checkName } from "../session/names.ts";
import type {
  Draft,
  JsonObject,
  Owner,
  SessionRef,
  Status,
} from "../session/types.ts";
import { findCheckout } from "../store/checkout.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore } from "../store/store.ts";
import { type Dialect, DIALECTS, type Format } from "./dialects.ts";
import {
  agentSessionId,
  isOther,
  lengthen,
  nameAgentSession,
  sessionsNamedAfter,
} from "./identity.ts";
import { type Notice, readNotice } from "./notice.ts";
import { begins, type Circumstances, planDrafts } from "./plan.ts";
import type { Discretion } from "./tool_call.ts";

/** How a hook is called. */
export interface HookOptions {
  format: Format;
  discretion: Discretion;
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
  host: Host,
  payload: JsonObject,
  options: HookOptions,
): Promise<HookOutcome> {
  const dialect = DIALECTS[options.format];
  const notice = readNotice(dialect.translate(payload), options.discretion);
  notice.session ||= agentSessionId(host, dialect) ?? "";
  const setting = whereFrom(host, notice, dialect);
  const store = openStore(host, options.directory, setting.project);
  const pid = processOf(host, dialect);
  const call: Call = { host, store, notice, options, pid, ...setting };
  return await recordNamed(call) ?? await recordUnnamed(call);
}

/** All about one call. */
interface Call {
  host: Host;
  store: SessionStore;
  notice: Notice;
  options: HookOptions;
  /** The agent's process; null if unknown. */
  pid: number | null;
  /** Where the agent works, and where its session began. */
  directory: string;
  project: string;
}

/** Where the agent works moves about; where it began tells the store. */
function whereFrom(
  host: Host,
  notice: Notice,
  { variables }: Dialect,
): { directory: string; project: string } {
  const [project, directory] = [variables.project, variables.directory].map(
    (name) => absolute(host, name === null ? "" : host.env(name) ?? ""),
  );
  const present = absolute(host, notice.directory) ?? directory ??
    host.workingDirectory();
  return { directory: present, project: project ?? present };
}

/** A path without detours; null if it is not absolute. */
function absolute(host: Host, path: string): string | null {
  const isOne = path.startsWith("/") ||
    host.system === "windows" && /^[A-Za-z]:[\\/]/.test(path);
  if (!isOne || path.includes("\0")) return null;
  // `resolve` takes its time, and agents' paths are straight.
  return /\/[/.]|\\|.\/$/.test(path) ? resolve(path) : path;
}

/** The agent's process, as the environment tells. */
function processOf(host: Host, { variables }: Dialect): number | null {
  const text = [variables.process, "PTRACK_OWNER_PID"].map((name) =>
    name === null ? "" : host.env(name) ?? ""
  ).find((value) => /^[1-9]\d{0,14}$/.test(value));
  return text === undefined ? null : Number(text);
}

/** A process as it is recorded; null if it is gone, or there is none. */
function describe(host: Host, pid: number | null): Owner | null {
  return pid === null || host.inspectProcess(pid).kind === "gone"
    ? null
    : describeOwner(host, pid);
}

/** Records in the session that was named; null if that is not the agent's. */
async function recordNamed(call: Call): Promise<HookOutcome | null> {
  const { host, notice, options, pid } = call;
  if (options.session === null) return null;
  const ref = {
    workspace: checkName(options.workspace.named, "workspace"),
    sessionId: checkName(options.session, "session"),
  };
  // An agent within an agent has its environment, and a session of its own.
  const isOurs = (status: Status) =>
    !isOther(host, status, { session: notice.session, pid });
  return await record(call, ref, { isNamed: true, isOurs });
}

/** Records in the session that the agent's own id leads to. */
async function recordUnnamed(call: Call): Promise<HookOutcome> {
  const { store, notice: { session, event }, options, host, directory } = call;
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
  const checkout = findCheckout(host, directory);
  const name = nameAgentSession(checkout, directory, session);
  const sessionId = known.includes(name) ? lengthen(name, session) : name;
  const ref = { workspace, sessionId };
  return await record(call, ref, { isNamed: false, isOurs }) ?? nothing;
}

function circumstances(call: Call, isNamed: boolean): Circumstances {
  const { host, notice, options, pid } = call;
  const checkout = () => findCheckout(host, call.directory);
  return {
    nowUs: host.clock.nowUs(),
    isNamed,
    attempt: isNamed ? options.attempt : null,
    pid,
    describeOwner: () => describe(host, pid),
    batch: options.batch,
    description: `${DIALECTS[options.format].name} session`,
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
    isGone: (recorded) => lookAtOwner(host, recorded) === "gone",
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
  drafts: Draft[];
  isOurs: boolean;
}

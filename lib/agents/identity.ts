/**
 * Which session is whose: an agent's own id of its conversation, and the name
 * of the ptrack session that its hooks keep. The name is made of the worktree
 * or branch and the first characters of the id; the branch may change later,
 * so a session is found by its end, and known by the id in its status.
 */
import { basename } from "@std/path";
import { NotFoundError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { agentOf } from "../session/agent.ts";
import { checkName, nameFrom } from "../session/names.ts";
import type { SessionRef, Status } from "../session/types.ts";
import type { Checkout } from "../store/files/checkout.ts";
import type { SessionStore } from "../store/store.ts";
import { HOOK_FORMATS, type HookFormat } from "./formats.ts";

/** Enough of an id to tell the conversations of a repository apart. */
const SHORT = 8;
const LONG = 20;

/** The id of the conversation that this process belongs to; null if of none. */
export function agentSessionId(
  platform: Pick<Platform, "env">,
  { variables }: HookFormat = HOOK_FORMATS.claude,
): string | null {
  return variables.session === null
    ? null
    : platform.env(variables.session) || null;
}

/** A name for the session of a conversation that goes on in `directory`. */
export function nameAgentSession(
  checkout: Checkout | null,
  directory: string,
  agentSession: string,
): string {
  const base = checkout?.worktree ?? checkout?.branch ?? basename(directory);
  return `${nameFrom(base)}-${shortened(agentSession, SHORT)}`;
}

function shortened(agentSession: string, length: number): string {
  return agentSession.slice(0, length).replace(/[^A-Za-z0-9_-]/g, "-");
}

/** A longer name, where another conversation has the usual one. */
export function lengthen(name: string, agentSession: string): string {
  const base = name.slice(0, -shortened(agentSession, SHORT).length);
  return base + shortened(agentSession, LONG);
}

/** Those of a workspace's sessions that may be a conversation's, by name. */
export async function sessionsNamedAfter(
  agentSession: string,
  { store, workspace }: { store: SessionStore; workspace: string },
): Promise<string[]> {
  const short = `-${shortened(agentSession, SHORT)}`;
  const long = `-${shortened(agentSession, LONG)}`;
  const ids = await store.sessionIds(workspace);
  return ids.filter((id) => id.endsWith(short) || id.endsWith(long));
}

/** Whether a session is being driven by another agent, which lives. */
export function isOther(
  platform: Pick<Platform, "inspectProcess">,
  status: Status,
  { session, pid }: { session: string; pid: number | null },
): boolean {
  const { session: known, process: agent } = agentOf(status);
  if (known === "" || session === "" || known === session) return false;
  if (agent === null || pid === null || agent.pid === pid) return false;
  const state = platform.inspectProcess(agent.pid);
  return state.kind === "alive" && state.started === agent.started;
}

/**
 * The session of the agent in whose shell this process runs; null if it runs
 * in none. Throws NotFoundError if hooks have begun no such session.
 */
export async function ownSession(
  platform: Pick<Platform, "env">,
  { store, workspace }: { store: SessionStore; workspace: string | null },
): Promise<SessionRef | null> {
  const agentSession = agentSessionId(platform);
  if (agentSession === null) return null;
  const place = checkName(workspace ?? "claude", "workspace");
  const near = { store, workspace: place };
  for (const sessionId of await sessionsNamedAfter(agentSession, near)) {
    const ref = { workspace: place, sessionId };
    const view = await store.read(ref);
    if (view !== null && agentOf(view.status).session === agentSession) {
      return ref;
    }
  }
  throw new NotFoundError(
    `Cannot find the session of this Claude Code conversation in workspace ` +
      `"${place}": no hook has begun it; name one with --session, or see ` +
      `"ptrack doctor"`,
  );
}

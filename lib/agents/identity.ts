/**
 * Which session belongs to which conversation. The name of a session that hooks
 * begin is made of the worktree or branch and the first characters of the
 * agent's id of the conversation. The branch may change later, so a session is
 * found by the end of its name, and confirmed by the id in its status.
 */
import { NotFoundError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { agentOf } from "../session/agent.ts";
import { checkName, nameFrom } from "../session/names.ts";
import type { SessionRef } from "../session/types.ts";
import type { SessionStore } from "../store/store.ts";
import { claude } from "./claude.ts";

/** How much of an id is in a name: usually, and if that name is taken. */
const SHORT = 8;
const LONG = 20;

/** The name of a new session; `place` says where the conversation goes on. */
export function nameSession(
  conversation: string,
  place: string,
  taken: readonly string[],
): string {
  const base = nameFrom(place);
  const name = base + ending(conversation, SHORT);
  return taken.includes(name) ? base + ending(conversation, LONG) : name;
}

function ending(conversation: string, length: number): string {
  return `-${conversation.slice(0, length).replace(/[^A-Za-z0-9_-]/g, "-")}`;
}

/** The sessions of a workspace that may be a conversation's, by their names. */
export async function sessionsNamedAfter(
  store: SessionStore,
  workspace: string,
  conversation: string,
): Promise<string[]> {
  const endings = [ending(conversation, SHORT), ending(conversation, LONG)];
  const ids = await store.sessionIds(workspace);
  return ids.filter((id) => endings.some((one) => id.endsWith(one)));
}

/**
 * The session of the Claude Code conversation in whose shell this process runs;
 * null outside one. Throws NotFoundError if hooks have begun no such session.
 */
export async function ownSession(
  platform: Pick<Platform, "env">,
  place: { store: SessionStore; workspace: string | null },
): Promise<SessionRef | null> {
  const conversation = platform.env(claude.variables.conversation);
  if (!conversation) return null;
  const { store } = place;
  const workspace = checkName(place.workspace ?? "claude", "workspace");
  const ids = await sessionsNamedAfter(store, workspace, conversation);
  for (const sessionId of ids) {
    const ref = { workspace, sessionId };
    const view = await store.read(ref);
    if (view && agentOf(view.status).session === conversation) return ref;
  }
  throw new NotFoundError(
    `Cannot find the session of this Claude Code conversation in workspace ` +
      `"${workspace}": no hook has begun it; name one with --session, ` +
      `or see "ptrack doctor"`,
  );
}

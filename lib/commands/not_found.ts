/** Errors of a search that found nothing: where it is, or what may be meant. */
import { NotFoundError, type PtrackError } from "../errors.ts";
import { shellQuote } from "../session/shell_quote.ts";
import { sessionName } from "../session/names.ts";
import type { SessionRef } from "../session/types.ts";
import type { SessionStore } from "../store/store.ts";

/** Why a workspace, or any, is not found: a near name, or those there are. */
export async function nothingThere(
  store: SessionStore,
  workspace: string | null,
): Promise<NotFoundError> {
  const names = await store.workspaces();
  const there = names.length === 0
    ? "nothing has been recorded"
    : `there ${names.length === 1 ? "is" : "are"} ${quoteAll(names)}`;
  const hint = `${there} in "${store.location}"`;
  if (workspace === null) {
    return new NotFoundError(`Cannot find any workspace: ${hint}`);
  }
  const { suggestion } = await import("../cli/nearest.ts");
  const advice = suggestion(workspace, mistypable(workspace, names), hint);
  return new NotFoundError(
    `Cannot find workspace ${JSON.stringify(workspace)}: ${advice}`,
  );
}

/** Why sessions are not found; of a single one with where it may be. */
export async function noSuchSessions(
  store: SessionStore,
  sessions: readonly string[],
  workspace: string | null,
): Promise<NotFoundError> {
  const where = workspace === null
    ? ""
    : ` in workspace ${JSON.stringify(workspace)}`;
  const hint = sessions.length === 1
    ? await hintOn(store, sessions[0]!, workspace)
    : "";
  return new NotFoundError(
    `Cannot find session ${quoteAll(sessions)}${where}` +
      (hint === "" ? "" : `: ${hint}`),
  );
}

/**
 * The error of a tracking verb, instead of `error`, which found no such session
 * and says how to begin it.
 */
export async function explainMissing(
  store: SessionStore,
  ref: SessionRef,
  error: PtrackError,
): Promise<PtrackError> {
  // What is wrong with the store is not what was asked.
  const { sessionId, workspace } = ref;
  const begin = ` If not, begin it with ptrack start -s ${sessionId}`;
  const hint = await hintOn(store, sessionId, workspace, begin).catch(() => "");
  return hint === ""
    ? error
    : new NotFoundError(`Cannot find ${sessionName(ref)}: ${hint}`);
}

/**
 * Which other workspace has a session that is not in `workspace` (null: in any),
 * or which one may be meant, and `otherwise`; "" if neither is known.
 */
async function hintOn(
  store: SessionStore,
  sessionId: string,
  workspace: string | null,
  otherwise = "",
): Promise<string> {
  const near: string[] = [];
  for (const other of await store.workspaces()) {
    const ids = await store.sessionIds(other);
    if (workspace === null || other === workspace) near.push(...ids);
    else if (ids.includes(sessionId)) {
      const option = shellQuote(other);
      return `workspace "${other}" has one of this name; add -w ${option}`;
    }
  }
  const { suggestion } = await import("../cli/nearest.ts");
  const advice = suggestion(sessionId, mistypable(sessionId, near), "");
  return advice === "" ? "" : advice + otherwise;
}

/** The names that `name` may be meant for: `a-1` for `a-01`, not for `a-5`. */
function mistypable(name: string, known: readonly string[]): string[] {
  const withoutNumbers = (text: string) => text.replace(/\d+/g, "");
  const withoutZeros = (text: string) => text.replace(/0*(\d+)/g, "$1");
  return known.filter((other) =>
    withoutNumbers(other) !== withoutNumbers(name) ||
    withoutZeros(other) === withoutZeros(name)
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

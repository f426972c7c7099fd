/** Why a session is not found: where it is, or which one was meant. */
import { NotFoundError, type PtrackError } from "../errors.ts";
import { shellQuote } from "../session/shell_quote.ts";
import { sessionName } from "../session/names.ts";
import type { SessionRef } from "../session/types.ts";
import type { SessionStore } from "../store/store.ts";

/** The error to report instead of `error`, which found no such session. */
export async function explainMissing(
  store: SessionStore,
  ref: SessionRef,
  error: PtrackError,
): Promise<PtrackError> {
  try {
    const hint = await hintOn(store, ref.sessionId, ref.workspace);
    return hint === ""
      ? error
      : new NotFoundError(`Cannot find ${sessionName(ref)}: ${hint}`);
  } catch {
    // What is wrong with the store is not what was asked.
    return error;
  }
}

/**
 * Which other workspace has a session that is not in `workspace` (null: in any),
 * or which one may be meant; "" if neither is known.
 */
export async function hintOn(
  store: SessionStore,
  sessionId: string,
  workspace: string | null,
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
  return suggestion(sessionId, near, "");
}

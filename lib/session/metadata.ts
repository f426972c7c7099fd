/**
 * How much metadata an event and a session may have: so much that the lines and
 * the status that it becomes part of stay below their own limits.
 */
import { RefusedError, UsageError } from "../errors.ts";
import { excessOf, jsonBytes } from "./event.ts";
import type { JsonObject } from "./types.ts";

/** The most that an event takes, in bytes of JSON, and how deep it may be. */
const EVENT_LIMIT = 32 * 1024;
const DEPTH_LIMIT = 60;
/** The most that all events together leave to a session. */
const SESSION_LIMIT = 64 * 1024;

/** What is too much about the metadata of one event; "" if nothing is. */
export function metadataExcess(metadata: JsonObject): string {
  const bytes = jsonBytes(metadata);
  return bytes > EVENT_LIMIT
    ? `it has ${bytes} bytes, ${EVENT_LIMIT} at most`
    : excessOf(JSON.stringify(metadata), DEPTH_LIMIT);
}

/**
 * Throws a UsageError for metadata that no event takes, and a RefusedError for
 * what is too much for a session that has `before` already.
 */
export function checkMetadata(
  metadata: JsonObject,
  before: JsonObject = {},
): void {
  const excess = metadataExcess(metadata);
  if (excess !== "") throw new UsageError(`Cannot record metadata: ${excess}`);
  const bytes = jsonBytes({ ...before, ...metadata });
  if (bytes <= SESSION_LIMIT) return;
  throw new RefusedError(
    `Cannot record metadata: the session would have ${bytes} bytes of it, ` +
      `${SESSION_LIMIT} at most; use the same keys again`,
  );
}

/**
 * The steps of one call that writes, and what a file error means in each:
 * before the event is safe it ends the call, after that it is a warning.
 */
import {
  errorCode,
  explain,
  NotFoundError,
  StorageError,
} from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import type { NewEvent, SessionRef } from "../../session/types.ts";
import type { SessionPaths } from "./layout.ts";
import type { Durability } from "../store.ts";

/** One call that writes, from its first look to its last. */
export interface Write {
  platform: Platform;
  paths: SessionPaths;
  /** Unique to the line, also when it has to be appended again. */
  id: string;
  draft: NewEvent | null;
  durability: Durability;
  /** What the fold said of our line; null until it was seen whole. */
  counted: boolean | null;
  warnings: string[];
}

/** `start`, `complete` and `fail` outlast a power cut. */
export function isLasting({ draft, durability }: Write): boolean {
  if (draft === null || durability === "later") return false;
  return durability === "whole" ||
    ["started", "completed", "failed"].includes(draft.event);
}

/** Runs a step that must succeed; a file error becomes one for people. */
export function guard<T>(write: Write, action: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (errorCode(error) === "") throw error;
    throw failure(write, action, error);
  }
}

/** Runs a step after the event is safe: what fails now is a warning. */
export function tend<T>(
  write: Write,
  action: string,
  step: () => T,
): T | undefined {
  try {
    return step();
  } catch (error) {
    if (errorCode(error) === "") throw error;
    write.warnings.push(failure(write, action, error).message);
    return undefined;
  }
}

/** A look at the files: must succeed until it is known what came of our line. */
export function look<T>(
  write: Write,
  action: string,
  step: () => T,
): T | undefined {
  const isKnown = write.draft === null || write.counted !== null;
  return isKnown ? tend(write, action, step) : guard(write, action, step);
}

function failure(write: Write, action: string, error: unknown): StorageError {
  const { ref, directory } = write.paths;
  return new StorageError(
    `Cannot ${action} ${nameOf(ref)}: ${explain(error)} (${directory})`,
    { cause: error },
  );
}

/** A session's name in messages. */
export function nameOf(ref: SessionRef): string {
  return `session "${ref.sessionId}" in workspace "${ref.workspace}"`;
}

/** The error for a session that is not there. */
export function noSuchSession(ref: SessionRef): NotFoundError {
  return new NotFoundError(
    `Cannot find ${
      nameOf(ref)
    }: begin it with ptrack start -s ${ref.sessionId}`,
  );
}

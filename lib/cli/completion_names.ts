/**
 * The names that completions offer: one a line, sorted, from the directories
 * alone. Whatever is wrong is silence, for somebody is typing; and a name that
 * does not keep to the rule is never told to a shell.
 */
import type { Host } from "../host/host.ts";
import { isName } from "../session/names.ts";
import { listSessions, listWorkspaces } from "../store/read.ts";
import { findRoot } from "../store/root.ts";
import { namedDirectory, setting } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import { WORKSPACE } from "./shared_options.ts";

/** Prints names; those of sessions are of all workspaces, if none is named. */
export function printNames(
  host: Host,
  invocation: Invocation,
  kind: "workspaces" | "sessions",
): number {
  try {
    const root = findRoot(host, namedDirectory(host, invocation));
    const names = kind === "workspaces"
      ? listWorkspaces(host.files, root)
      : sessionsOf(host, root, setting(host, invocation, WORKSPACE));
    const lines = [...new Set(names)].filter(isName).sort();
    host.stdout.write(lines.map((name) => `${name}\n`).join(""));
  } catch {
    // Nothing can be offered, and nobody wants to know why.
  }
  return 0;
}

function sessionsOf(host: Host, root: string, named: string | null): string[] {
  const workspaces = named === null
    ? listWorkspaces(host.files, root)
    : [named].filter(isName);
  return workspaces.flatMap((workspace) =>
    listSessions(host.files, root, workspace) ?? []
  );
}

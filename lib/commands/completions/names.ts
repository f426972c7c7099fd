/**
 * The names that completions offer: one a line, sorted, from the directories
 * alone. Whatever is wrong is silence, for somebody is typing; and a name that
 * does not keep to the rule is never told to a shell.
 */
import type { Platform } from "../../platform/platform.ts";
import { isName } from "../../session/names.ts";
import { listSessions, listWorkspaces } from "../../store/files/read.ts";
import { findRoot } from "../../store/files/root.ts";
import { namedDirectory, setting } from "../../cli/settings.ts";
import type { Invocation } from "../../cli/command.ts";
import { WORKSPACE } from "../../cli/options.ts";

/** Prints names; those of sessions are of all workspaces, if none is named. */
export function printNames(
  platform: Platform,
  invocation: Invocation,
  kind: "workspaces" | "sessions",
): number {
  try {
    const root = findRoot(platform, namedDirectory(platform, invocation));
    const names = kind === "workspaces"
      ? listWorkspaces(platform.files, root)
      : sessionsOf(platform, root, setting(platform, invocation, WORKSPACE));
    const lines = [...new Set(names)].filter(isName).sort();
    platform.stdout.write(lines.map((name) => `${name}\n`).join(""));
  } catch {
    // Nothing can be offered, and nobody wants to know why.
  }
  return 0;
}

function sessionsOf(
  platform: Platform,
  root: string,
  named: string | null,
): string[] {
  const workspaces = named === null
    ? listWorkspaces(platform.files, root)
    : [named].filter(isName);
  return workspaces.flatMap((workspace) =>
    listSessions(platform.files, root, workspace) ?? []
  );
}

/**
 * The names that completions offer: one a line, sorted, from the directories
 * alone. Whatever is wrong is silence, for somebody is typing; and a name that
 * does not keep to the rule is never told to a shell.
 */
import type { Platform } from "../../platform/platform.ts";
import { isName } from "../../session/names.ts";
import { openStore } from "../../store/open.ts";
import type { SessionStore } from "../../store/store.ts";
import { namedDirectory, setting } from "../../cli/settings.ts";
import type { Invocation } from "../../cli/command.ts";
import { WORKSPACE } from "../../cli/options.ts";

/** Prints names; those of sessions are of all workspaces, if none is named. */
export async function printNames(
  platform: Platform,
  invocation: Invocation,
  kind: "workspaces" | "sessions",
): Promise<number> {
  try {
    const store = openStore(platform, namedDirectory(platform, invocation));
    const names = kind === "workspaces"
      ? await store.workspaces()
      : await sessionsOf(store, setting(platform, invocation, WORKSPACE));
    const lines = [...new Set(names)].filter(isName).sort();
    platform.stdout.write(lines.map((name) => `${name}\n`).join(""));
  } catch {
    // Nothing can be offered, and nobody wants to know why.
  }
  return 0;
}

async function sessionsOf(
  store: SessionStore,
  named: string | null,
): Promise<string[]> {
  const workspaces = named === null
    ? await store.workspaces()
    : [named].filter(isName);
  const ids = await Promise.all(
    workspaces.map((workspace) => store.sessionIds(workspace)),
  );
  return ids.flat();
}

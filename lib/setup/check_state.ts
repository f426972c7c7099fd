/** Whether `.parallel` can be worked with, and what lies about in it. */
import { explain } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { SessionMonitor } from "../monitor.ts";
import { displayName } from "../report/sanitize.ts";
import { formatDuration } from "../session/duration.ts";
import { parseTimestamp } from "../session/timestamp.ts";
import type { SessionReport } from "../session/types.ts";
import { findTemporaries, type Temporary } from "../store/files/orphans.ts";
import type { SessionStore } from "../store/store.ts";
import { bad, type Check, good, told } from "./check.ts";
import { hasLine } from "./ignoring.ts";
import { ignorable, isIgnored } from "./init.ts";
import { type Places, shown } from "./places.ts";
import { ask } from "./programs.ts";
import { readTextFile } from "./text_file.ts";

/** Clocks of one machine may differ by so much. */
const CLOCK_LIMIT_S = 2;
/** A writer comes to its rename in milliseconds. */
const ORPHANED_S = 600;
const ORPHANED_WITH_WRITER_S = 60;

/** Where `.parallel` is, and whether it is ignored and can be written. */
export async function checkState(
  platform: Platform,
  places: Places,
): Promise<Check[]> {
  const { state, repository } = places;
  const name = shown(platform, state);
  if (platform.files.inspectTarget(state) === null) {
    return [told(`${name} is not there yet`, "It is made by: ptrack init")];
  }
  const network = platform.files.networkFileSystem(state);
  const checks = [
    network === null ? good(`${name} is there`) : bad(
      `${name} is on ${network}, where events can be lost`,
      "Keep it on a local disk: set PTRACK_DIR",
    ),
  ];
  if (repository !== null) {
    checks.push(await checkGit(platform, places, repository));
  }
  return [...checks, ...checkWriting(platform, state, name)];
}

/** What git makes of the state, which may also hide itself. */
async function checkGit(
  platform: Platform,
  places: Places,
  repository: string,
): Promise<Check> {
  const name = shown(platform, places.state);
  const path = ignorable(platform, places);
  const git = ["git", "--literal-pathspecs", "-C", repository];
  const tracked = await ask(platform, [...git, "ls-files", "--", path]);
  if (tracked?.code === 0 && tracked.stdout !== "") {
    return bad(
      `git tracks what is in ${name}`,
      `Run: git rm -r --cached ${path}`,
    );
  }
  if (await isIgnored(platform, repository, [path])) {
    return good(`git ignores ${name}`);
  }
  const own = readTextFile(platform, `${places.state}/.gitignore`) ?? "";
  return hasLine(own, "*") ? good(`git ignores what is in ${name}`) : bad(
    `git does not ignore ${name}`,
    "Add .parallel/ to .gitignore, or run: ptrack init",
  );
}

/** Writes a file as sessions do, and reads the clock of the disk from it. */
function checkWriting(
  platform: Platform,
  state: string,
  name: string,
): Check[] {
  const path = `${state}/.doctor.${platform.pid}.${platform.randomId()}`;
  try {
    platform.files.createNew(path, new TextEncoder().encode("x\n"), true);
    const { modifiedUs = 0 } = platform.files.inspect(path) ?? {};
    platform.files.remove(path);
    const apartS = Math.abs(platform.clock.nowUs() - modifiedUs) / 1e6;
    const clock = apartS <= CLOCK_LIMIT_S
      ? good("The clocks of the machine and of the disk agree")
      : bad(
        `The clocks of the machine and of the disk are ${
          formatDuration(apartS)
        } apart`,
        "Set the clock; ages and timeouts are wrong until then",
      );
    return [good(`${name} can be written`), clock];
  } catch (error) {
    return [
      bad(
        `${name} cannot be written: ${explain(error)}`,
        "Make it yours, or name another with PTRACK_DIR",
      ),
    ];
  }
}

/** Sessions that stand in each other's way, or are ahead of the time. */
export async function checkSessions(
  platform: Platform,
  store: SessionStore,
): Promise<Check[]> {
  const monitor = new SessionMonitor({ workspace: null }, { store, platform });
  const live = (await monitor.snapshots()).flatMap(({ sessions }) =>
    sessions.filter(({ verdict }) => verdict.state === "running")
  );
  const checks = [
    ...shared(live, worktreeOf, "work in"),
    ...shared(live, outputsOf, "write"),
    ...checkClocks(platform, live),
  ];
  return checks.length > 0 ? checks : [
    good(
      `No running session is in another's way (there ${
        live.length === 1 ? "is 1" : `are ${live.length}`
      })`,
    ),
  ];
}

function worktreeOf(
  { view: { status: { metadata } } }: SessionReport,
): string[] {
  const place = metadata["worktree"] ?? metadata["cwd"];
  return typeof place === "string" ? [place] : [];
}

function outputsOf({ view: { status } }: SessionReport): string[] {
  return [...new Set(status.output_files)];
}

/** What more than one session names. */
function shared(
  live: readonly SessionReport[],
  namesOf: (report: SessionReport) => string[],
  verb: string,
): Check[] {
  const users = new Map<string, string[]>();
  for (const report of live) {
    const { workspace, sessionId } = report.view;
    const who = `${displayName(workspace)}/${displayName(sessionId)}`;
    for (const name of namesOf(report)) {
      users.set(name, [...users.get(name) ?? [], who]);
    }
  }
  return [...users].filter(([, who]) => who.length > 1).map(([name, who]) =>
    bad(
      `${who.join(" and ")} ${verb} the same: ${name}`,
      "Give each a worktree, or an output, of its own",
    )
  );
}

function checkClocks(
  platform: Platform,
  live: readonly SessionReport[],
): Check[] {
  const nowUs = platform.clock.nowUs();
  return live.flatMap(({ view: { sessionId, status } }) => {
    const beatUs = parseTimestamp(status.last_heartbeat) ?? 0;
    const aheadS = (beatUs - nowUs) / 1e6;
    if (aheadS <= CLOCK_LIMIT_S) return [];
    return [
      bad(
        `The last heartbeat of ${displayName(sessionId)} is ${
          formatDuration(aheadS)
        } ahead of the time`,
        "Set the clock of the machine that it ran on",
      ),
    ];
  });
}

/** Temporary files of writers that were killed; `fix` removes them. */
export async function checkTemporaries(
  platform: Platform,
  store: SessionStore,
  { fix }: { fix: boolean },
): Promise<Check> {
  const orphans: Temporary[] = [];
  for (const workspace of await store.workspaces()) {
    for (const sessionId of await store.sessionIds(workspace)) {
      const ref = { workspace, sessionId };
      orphans.push(
        ...findTemporaries(platform.files, store.location, ref)
          .filter((one) => isOrphan(platform, one)),
      );
    }
  }
  const count = `${orphans.length} temporary file${
    orphans.length === 1 ? "" : "s"
  } of writers that were killed`;
  if (orphans.length === 0) return good("No temporary files lie about");
  if (!fix) return bad(count, "Remove them with: ptrack doctor --fix");
  try {
    for (const { path } of orphans) platform.files.remove(path);
  } catch (error) {
    const why = `${count} cannot be removed: ${explain(error)}`;
    return bad(why, "Run it as the user whose they are");
  }
  return good(`Removed ${count}`);
}

function isOrphan(platform: Platform, { pid, modifiedUs }: Temporary): boolean {
  const ageS = (platform.clock.nowUs() - modifiedUs) / 1e6;
  const isGone = platform.inspectProcess(pid).kind === "gone";
  return ageS > (isGone ? ORPHANED_WITH_WRITER_S : ORPHANED_S);
}

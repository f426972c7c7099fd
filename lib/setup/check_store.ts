/** Checks of `ptrack doctor`: the store, and the sessions that run in it. */
import { SessionMonitor } from "../monitor.ts";
import type { Platform } from "../platform/platform.ts";
import { displayName } from "../report/sanitize.ts";
import { formatDuration, parseTimestamp } from "../session/times.ts";
import type { SessionReport } from "../session/types.ts";
import type { SessionStore, StoreCheck } from "../store/store.ts";
import { type Check, note, ok, problem } from "./check.ts";
import { displayPath, type Places } from "./places.ts";

/** Clocks of one machine may differ by so much. */
const CLOCK_LIMIT_S = 2;

/** Whether `.parallel` exists, is ignored by git, and works. */
export async function checkStore(
  platform: Platform,
  { store, root }: Places,
  { fix }: { fix: boolean },
): Promise<Check[]> {
  const name = displayPath(platform, root);
  const check = await store.check(fix ? "fix" : "write");
  if (!check.exists) {
    return [note(`${name} does not exist yet`, "Create it with: ptrack init")];
  }
  const network = check.networkFileSystem;
  return [
    network === null ? ok(`${name} exists`) : problem(
      `${name} is on ${network}, where events can be lost`,
      "Keep it on a local disk: set PTRACK_DIR",
    ),
    ...checkGit(name, check),
    ...checkWriting(name, check),
    checkTemporaryFiles(check, { fix }),
  ];
}

function checkGit(name: string, { git }: StoreCheck): Check[] {
  switch (git) {
    case null:
      return [];
    case "ignored":
      return [ok(`git ignores ${name}`)];
    case "hidden by itself":
      return [ok(`git ignores the files in ${name}`)];
    case "not ignored":
      return [problem(
        `git does not ignore ${name}`,
        "Add .parallel/ to .gitignore, or run: ptrack init",
      )];
    case "tracked":
      return [problem(
        `git tracks files in ${name}`,
        `Run: git rm -r --cached ${name}`,
      )];
  }
}

function checkWriting(
  name: string,
  { writeProblem, clockOffsetS }: StoreCheck,
): Check[] {
  if (writeProblem !== "") {
    return [problem(
      `${name} cannot be written: ${writeProblem}`,
      "Change its owner or permissions, or set PTRACK_DIR to another directory",
    )];
  }
  const apartS = Math.abs(clockOffsetS);
  const clocks = "The clocks of the machine and of the disk";
  return [
    ok(`${name} can be written`),
    apartS <= CLOCK_LIMIT_S ? ok(`${clocks} agree`) : problem(
      `${clocks} are ${formatDuration(apartS)} apart`,
      "Set the clock; ages and timeouts are wrong until then",
    ),
  ];
}

function checkTemporaryFiles(
  { temporaries, fixProblem }: StoreCheck,
  { fix }: { fix: boolean },
): Check {
  if (temporaries === 0) return ok("There are no leftover temporary files");
  const files = `${temporaries} temporary file${
    temporaries === 1 ? "" : "s"
  } of killed writers`;
  if (!fix) {
    return problem(`Found ${files}`, "Remove them with: ptrack doctor --fix");
  }
  return fixProblem === "" ? ok(`Removed ${files}`) : problem(
    `Cannot remove ${files}: ${fixProblem}`,
    "Run this as the user who owns them",
  );
}

/** Whether running sessions disturb each other, or are ahead of the clock. */
export async function checkSessions(
  platform: Platform,
  store: SessionStore,
): Promise<Check[]> {
  const monitor = new SessionMonitor({ workspace: null }, { store, platform });
  const running = (await monitor.snapshots()).flatMap(({ sessions }) =>
    sessions.filter(({ verdict }) => verdict.state === "running")
  );
  const problems = [
    ...checkShared(running, worktreeOf, "work in the same directory"),
    ...checkShared(running, outputsOf, "write the same file"),
    ...checkClocks(platform, running),
  ];
  const count = running.length === 1 ? "1 is" : `${running.length} are`;
  return problems.length > 0
    ? problems
    : [ok(`No sessions disturb each other (${count} running)`)];
}

function worktreeOf({ view }: SessionReport): string[] {
  const { worktree, cwd } = view.status.metadata;
  const directory = worktree ?? cwd;
  return typeof directory === "string" ? [directory] : [];
}

function outputsOf({ view }: SessionReport): string[] {
  return [...new Set(view.status.output_files)];
}

/** The files or directories that more than one session uses. */
function checkShared(
  running: readonly SessionReport[],
  pathsOf: (report: SessionReport) => string[],
  what: string,
): Check[] {
  const users = new Map<string, string[]>();
  for (const report of running) {
    const { workspace, sessionId } = report.view;
    const name = `${displayName(workspace)}/${displayName(sessionId)}`;
    for (const path of pathsOf(report)) {
      users.set(path, [...users.get(path) ?? [], name]);
    }
  }
  return [...users].filter(([, names]) => names.length > 1).map(
    ([path, names]) =>
      problem(
        `${names.join(" and ")} ${what}: ${path}`,
        "Give each session a worktree or an output of its own",
      ),
  );
}

function checkClocks(
  platform: Platform,
  running: readonly SessionReport[],
): Check[] {
  return running.flatMap(({ view: { sessionId, status } }) => {
    const heartbeatUs = parseTimestamp(status.last_heartbeat) ?? 0;
    const aheadS = (heartbeatUs - platform.clock.nowUs()) / 1e6;
    if (aheadS <= CLOCK_LIMIT_S) return [];
    const ahead = formatDuration(aheadS);
    return [problem(
      `The last heartbeat of ${
        displayName(sessionId)
      } is ${ahead} in the future`,
      "Set the clock of the machine that the session ran on",
    )];
  });
}

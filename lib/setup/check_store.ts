/** Checks of `ptrack doctor`: the store, and the sessions that run in it. */
import { SessionMonitor } from "../monitor.ts";
import type { Platform } from "../platform/platform.ts";
import { displayName } from "../report/sanitize.ts";
import { formatDuration, parseTimestamp } from "../session/times.ts";
import type { SessionView } from "../session/types.ts";
import type { SessionStore, StoreCheck } from "../store/store.ts";
import { type Check, note, ok, problem } from "./check.ts";
import { displayPath, type Places } from "./places.ts";

/** Clocks of one machine may differ by so much. */
const CLOCK_LIMIT_S = 2;

/** Whether `.parallel` exists, is ignored by git, and works. */
export async function* checkStore(
  platform: Platform,
  { store, root }: Places,
  { fix }: { fix: boolean },
): AsyncGenerator<Check> {
  const name = displayPath(platform, root);
  const check = await store.check(fix ? "fix" : "write");
  if (!check.exists) {
    yield note(`${name} does not exist yet`, "Create it with: ptrack init");
    return;
  }
  const network = check.networkFileSystem;
  yield network === null ? ok(`${name} exists`) : problem(
    `${name} is on ${network}, where events can be lost`,
    "Keep it on a local disk: set PTRACK_DIR",
  );
  if (check.git !== null) yield checkGit(name, check.git);
  if (check.writeProblem === "") {
    yield ok(`${name} can be written`);
    yield checkClock(check);
  } else {
    yield problem(
      `${name} cannot be written: ${check.writeProblem}`,
      "Change its owner or permissions, or set PTRACK_DIR to another directory",
    );
  }
  yield checkTemporaryFiles(check, { fix });
}

function checkGit(name: string, git: NonNullable<StoreCheck["git"]>): Check {
  const ignore = "Add .parallel/ to .gitignore, or run: ptrack init";
  const untrack = `Run: git rm -r --cached ${name}`;
  return {
    "ignored": ok(`git ignores ${name}`),
    "hidden by itself": ok(`git ignores the files in ${name}`),
    "not ignored": problem(`git does not ignore ${name}`, ignore),
    "tracked": problem(`git tracks files in ${name}`, untrack),
  }[git];
}

function checkClock({ clockOffsetS }: StoreCheck): Check {
  const apartS = Math.abs(clockOffsetS);
  const clocks = "The clocks of the machine and of the disk";
  return apartS <= CLOCK_LIMIT_S ? ok(`${clocks} agree`) : problem(
    `${clocks} are ${formatDuration(apartS)} apart`,
    "Set the clock; ages and timeouts are wrong until then",
  );
}

function checkTemporaryFiles(
  { temporaries, fixProblem }: StoreCheck,
  { fix }: { fix: boolean },
): Check {
  if (temporaries === 0) return ok("There are no leftover temporary files");
  const noun = temporaries === 1 ? "file" : "files";
  const files = `${temporaries} temporary ${noun} of killed writers`;
  if (!fix) {
    return problem(`Found ${files}`, "Remove them with: ptrack doctor --fix");
  }
  return fixProblem === "" ? ok(`Removed ${files}`) : problem(
    `Cannot remove ${files}: ${fixProblem}`,
    "Run this as the user who owns them",
  );
}

/** Whether running sessions disturb each other, or are ahead of the clock. */
export async function* checkSessions(
  platform: Platform,
  store: SessionStore,
): AsyncGenerator<Check> {
  const monitor = new SessionMonitor({ workspace: null }, { store, platform });
  const running = (await monitor.snapshots())
    .flatMap(({ sessions }) => sessions)
    .filter(({ verdict }) => verdict.state === "running")
    .map(({ view }) => view);
  const problems = [...checkShared(running), ...checkClocks(platform, running)];
  const count = running.length === 1 ? "1 is" : `${running.length} are`;
  if (problems.length > 0) yield* problems;
  else yield ok(`No sessions disturb each other (${count} running)`);
}

/** The files or directories that more than one session uses. */
function checkShared(running: readonly SessionView[]): Check[] {
  const users = new Map<string, Set<string>>();
  for (const { workspace, sessionId, status } of running) {
    const name = `${displayName(workspace)}/${displayName(sessionId)}`;
    const { worktree, cwd } = status.metadata;
    const uses = status.output_files.map((path) =>
      `write the same file: ${path}`
    );
    const directory = worktree ?? cwd;
    if (typeof directory === "string") {
      uses.unshift(`work in the same directory: ${directory}`);
    }
    for (const use of uses) {
      users.set(use, (users.get(use) ?? new Set()).add(name));
    }
  }
  return [...users].filter(([, names]) => names.size > 1).map(([use, names]) =>
    problem(
      `${[...names].join(" and ")} ${use}`,
      "Give each session a worktree or an output of its own",
    )
  );
}

function checkClocks(
  platform: Platform,
  running: readonly SessionView[],
): Check[] {
  return running.flatMap(({ sessionId, status }) => {
    const heartbeatUs = parseTimestamp(status.last_heartbeat) ?? 0;
    const aheadS = (heartbeatUs - platform.clock.nowUs()) / 1e6;
    if (aheadS <= CLOCK_LIMIT_S) return [];
    const name = displayName(sessionId);
    return [problem(
      `The last heartbeat of ${name} is ${
        formatDuration(aheadS)
      } in the future`,
      "Set the clock of the machine that the session ran on",
    )];
  });
}

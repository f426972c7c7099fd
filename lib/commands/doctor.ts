/** `ptrack doctor`: prints each check on a line, and its remedy below. */
import type { Command } from "../cli/command.ts";
import { namedDirectory } from "../cli/options.ts";
import { SessionMonitor } from "../monitor.ts";
import type { Platform } from "../platform/platform.ts";
import { displayName } from "../report/sanitize.ts";
import { formatDuration, parseTimestamp } from "../session/times.ts";
import type { SessionView } from "../session/types.ts";
import { type Check, checkText, note, ok, problem } from "../setup/check.ts";
import { checkHooks } from "../setup/check_hooks.ts";
import { displayPath, findPlaces, type Places } from "../setup/places.ts";
import { openStore } from "../store/open.ts";
import type { SessionStore, StoreCheck } from "../store/store.ts";

const FAILED = 1;

export const command: Command = {
  name: "doctor",
  summary: "Check the setup, and find leftovers",
  options: [{
    name: "fix",
    help: "Remove temporary files that killed writers left",
  }],
  details: [
    "Prints a line for each check, and below each problem what to do: are " +
    "the hooks set up, enabled and fast; is .parallel ignored by git, " +
    "writable and on a local disk; do the clocks agree; are there leftover " +
    "temporary files; do two sessions share a worktree or an output.",
  ],
  examples: [["ptrack doctor", "is everything working?"]],
  exitCodes: [
    [0, "nothing is wrong"],
    [1, "a check failed"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const store = openStore(platform, namedDirectory(platform, invocation));
    const places = findPlaces(platform, store);
    const fix = invocation.flag("fix");
    return await runChecks(platform, places, { fix, hooksRequired: false });
  },
};

/** The checks of `doctor` and of `init --check`; returns the exit code. */
export async function runChecks(
  platform: Platform,
  places: Places,
  { fix, hooksRequired }: { fix: boolean; hooksRequired: boolean },
): Promise<number> {
  const checks = [
    checkStore(platform, places, { fix }),
    checkHooks(platform, places, { required: hooksRequired }),
    checkSessions(platform, places.store),
  ];
  let code = 0;
  for (const some of checks) {
    for await (const check of some) {
      platform.stdout.write(checkText(check));
      if (check.result === "problem") code = FAILED;
    }
  }
  return code;
}

/** Clocks of one machine may differ by so much. */
const CLOCK_LIMIT_S = 2;

/** Whether `.parallel` exists, is ignored by git, and works. */
async function* checkStore(
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
  if (check.access !== null) yield checkAccess(name, check.access);
  if (check.git !== null) yield checkGit(name, check.git);
  if (check.writeProblem === "") {
    yield ok(`${name} can be written`);
    yield checkClock(check);
  } else {
    yield problem(
      `${name} cannot be written: ${check.writeProblem}`,
      check.isFull
        ? "Free some space, or set PTRACK_DIR to a directory on another disk"
        : "Change its owner or permissions, or set PTRACK_DIR to another directory",
    );
  }
  yield checkTemporaryFiles(check, { fix });
}

function checkAccess(
  name: string,
  access: NonNullable<StoreCheck["access"]>,
): Check {
  return {
    private: ok(`Only its owner can read ${name}`),
    shared: ok(`Only its owner and its group can read ${name}`),
    open: note(
      `Other users can look into ${name}; new sessions are closed to them`,
      `Run: chmod -R go= ${name}  (or share it: ptrack init --shared)`,
    ),
  }[access];
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
async function* checkSessions(
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

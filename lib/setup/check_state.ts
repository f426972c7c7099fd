/** Whether the store can be worked with, and its sessions with each other. */
import type { Platform } from "../platform/platform.ts";
import { SessionMonitor } from "../monitor.ts";
import { displayName } from "../report/sanitize.ts";
import { formatDuration } from "../session/duration.ts";
import { parseTimestamp } from "../session/timestamp.ts";
import type { SessionReport } from "../session/types.ts";
import type { SessionStore, StoreCheck } from "../store/store.ts";
import { bad, type Check, good, told } from "./check.ts";
import { type Places, shown } from "./places.ts";

/** Clocks of one machine may differ by so much. */
const CLOCK_LIMIT_S = 2;

/** Whether `.parallel` is there, ignored by git and writable, and in order. */
export async function checkState(
  platform: Platform,
  { store, state }: Places,
  { fix }: { fix: boolean },
): Promise<Check[]> {
  const name = shown(platform, state);
  const check = await store.check({ write: true, fix });
  if (!check.exists) {
    return [told(`${name} is not there yet`, "It is made by: ptrack init")];
  }
  const network = check.networkFileSystem;
  return [
    network === null ? good(`${name} is there`) : bad(
      `${name} is on ${network}, where events can be lost`,
      "Keep it on a local disk: set PTRACK_DIR",
    ),
    ...checkGit(name, check),
    ...checkWriting(name, check),
    checkTemporaries(check, { fix }),
  ];
}

function checkGit(name: string, { git }: StoreCheck): Check[] {
  switch (git) {
    case null:
      return [];
    case "tracked":
      return [bad(
        `git tracks what is in ${name}`,
        `Run: git rm -r --cached ${name}`,
      )];
    case "ignored":
      return [good(`git ignores ${name}`)];
    case "hidden by itself":
      return [good(`git ignores what is in ${name}`)];
    case "not ignored":
      return [bad(
        `git does not ignore ${name}`,
        "Add .parallel/ to .gitignore, or run: ptrack init",
      )];
  }
}

function checkWriting(
  name: string,
  { writeProblem, clockOffsetS }: StoreCheck,
): Check[] {
  if (writeProblem !== "") {
    return [bad(
      `${name} cannot be written: ${writeProblem}`,
      "Make it yours, or name another with PTRACK_DIR",
    )];
  }
  const apartS = Math.abs(clockOffsetS);
  const clock = apartS <= CLOCK_LIMIT_S
    ? good("The clocks of the machine and of the disk agree")
    : bad(
      `The clocks of the machine and of the disk are ${
        formatDuration(apartS)
      } apart`,
      "Set the clock; ages and timeouts are wrong until then",
    );
  return [good(`${name} can be written`), clock];
}

/** Temporary files of writers that were killed; `fix` has removed them. */
function checkTemporaries(
  { temporaries, fixProblem }: StoreCheck,
  { fix }: { fix: boolean },
): Check {
  if (temporaries === 0) return good("No temporary files are left over");
  const count = `${temporaries} temporary file${
    temporaries === 1 ? "" : "s"
  } of writers that were killed`;
  if (!fix) return bad(count, "Remove them with: ptrack doctor --fix");
  return fixProblem === "" ? good(`Removed ${count}`) : bad(
    `${count} cannot be removed: ${fixProblem}`,
    "Run it as the user whose they are",
  );
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

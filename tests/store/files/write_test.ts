/**
 * Every verb, with a failure or a kill at every step: readers still see the
 * right state, the caller is told the truth, and the next writer corrects
 * status and markers.
 */
import { assert, assertEquals } from "@std/assert";
import type { FileAccess } from "../../../lib/platform/platform.ts";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import { summarize } from "../../model/oracle.ts";
import { DIRECTORY, type Outcome, REF, ROOT } from "../../model/program.ts";
import { wrongForReaders, wrongOnDisk } from "../../model/properties.ts";
import {
  type Call,
  filesAfter,
  type Past,
  writersOf,
} from "../../model/situations.ts";
import { call, outcomeOf, runToEnd } from "../../model/writer.ts";
import {
  FailingFiles,
  type Failure,
  type Plan,
} from "../../support/failing_files.ts";
import { onDisk } from "../../support/disk_files.ts";
import {
  FakeClock,
  FakePlatform,
  type PlatformParts,
} from "../../support/fake_platform.ts";
import { ACCESSES } from "../../support/linux_access.ts";
import type { MemoryFiles } from "../../support/memory_files.ts";

const VERBS: [Past, Call][] = [
  ["nothing", "start"],
  ["completed", "restart"],
  ["failed", "restart"],
  ["running", "force"],
  ["running", "heartbeat"],
  ["running", "waiting"],
  ["running", "error"],
  ["running", "complete"],
  ["running", "fail"],
  ["second attempt", "complete"],
  ["completed", "error"],
  ["completed", "start"],
];

/** One verb on files that fail by a plan. */
interface Trial {
  files: MemoryFiles;
  failing: FailingFiles;
  /** The step that failed. */
  step: number;
  outcome: Outcome;
}

type Try = (past: Past, verb: Call, plan: Plan) => Promise<Trial>;

const tried: Try = async (past, verb, plan) => {
  const files = await filesAfter(past);
  const failing = new FailingFiles(files, plan);
  const outcome = await outcomeOn({ files: failing.files }, verb);
  return { files, failing, step: plan.step, outcome };
};

/** The same on a disk, by one kind of access to it. */
function triedBy(access: FileAccess): Try {
  return async (past, verb, plan) => {
    let done: Omit<Trial, "files" | "step">;
    const files = await onDisk(access, await filesAfter(past), async (disk) => {
      const failing = new FailingFiles(disk, plan);
      const machine = { files: failing.files, uid: Deno.uid() ?? 0 };
      done = { failing, outcome: await outcomeOn(machine, verb) };
    });
    return { files, step: plan.step, ...done! };
  };
}

async function outcomeOn(machine: PlatformParts, verb: Call): Promise<Outcome> {
  const platform = new FakePlatform({ ...machine, clock: new FakeClock() });
  const store = new FileStore(platform, ROOT);
  const [program] = writersOf([verb]);
  const tracker = new SessionTracker(REF, { store, platform });
  return await outcomeOf(() => call(tracker, program));
}

function linesThatCount(files: MemoryFiles, tag: string): number {
  const { counted } = summarize(files.text(`${DIRECTORY}/log.jsonl`) ?? "");
  return counted.filter((line) => line.includes(tag)).length;
}

/** What is wrong after a trial. */
async function wrongAfter(trial: Trial, isDead: boolean): Promise<string[]> {
  const { files, outcome } = trial;
  const wrong = [...await wrongForReaders(files)];
  const count = linesThatCount(files, "writer-1");
  if (!isDead) {
    if (outcome.kind === "defect") wrong.push(`throws ${outcome.message}`);
    if (count !== (outcome.kind === "counted" ? 1 : 0)) {
      wrong.push(`told ${outcome.kind}, but counts ${count} times`);
    }
    const lags = wrongOnDisk(files);
    const isTold = outcome.kind === "counted" && outcome.warnings.length > 0;
    if (outcome.kind === "counted" && lags.length > 0 && !isTold) {
      wrong.push(`no warning that ${lags.join("; ")}`);
    }
  }
  return [...wrong, ...await wrongAfterNext(files)];
}

async function wrongAfterNext(files: MemoryFiles): Promise<string[]> {
  const isThere = linesThatCount(files, "") > 0;
  const verb = isThere ? "error" : "start";
  const outcome = await runToEnd(files, { verb, tag: "next-writer" }, {
    index: 5,
  });
  const { state } = summarize(files.text(`${DIRECTORY}/log.jsonl`) ?? "");
  const wrong = [...wrongOnDisk(files), ...await wrongForReaders(files)];
  const expected = state === "running" ? "counted" : "refused";
  if (outcome.kind !== expected) {
    wrong.push(`is ${outcome.kind}, not ${expected}`);
  }
  return wrong.map((text) => `after the next writer: ${text}`);
}

/** Tries a failure at each step of a verb; a line for each that goes wrong. */
async function failEverywhere(
  past: Past,
  verb: Call,
  { failure, after }: Pick<Plan, "failure" | "after">,
  attempt: Try,
): Promise<string[]> {
  const wrong: string[] = [];
  for (let step = 1;; step++) {
    const trial = await attempt(past, verb, { step, failure, after });
    if (!trial.failing.struck) break;
    const isDead = failure.kind === "kill" || failure.kind === "torn";
    const name = trial.failing.calls[step - 1];
    for (const text of await wrongAfter(trial, isDead)) {
      wrong.push(`${verb} (${past}), step ${step} (${name}): ${text}`);
    }
  }
  return wrong;
}

function forEachVerb(
  name: string,
  plan: Pick<Plan, "failure" | "after">,
  attempt: Try = tried,
): void {
  for (const [past, verb] of VERBS) {
    Deno.test(`${verb} (past: ${past}) ${name}`, async () => {
      assertEquals(await failEverywhere(past, verb, plan, attempt), []);
    });
  }
}

for (const code of ["ENOSPC", "EACCES", "EIO"]) {
  const failure: Failure = { kind: "code", code };
  forEachVerb(`tells the truth where one step fails with ${code}`, { failure });
  forEachVerb(
    `tells the truth where each step from one on fails with ${code}`,
    {
      failure,
      after: "all",
    },
  );
}
forEachVerb("may be killed before any step", { failure: { kind: "kill" } });
for (const bytes of [1, 60]) {
  forEachVerb(`may be killed ${bytes} bytes into any write`, {
    failure: { kind: "torn", bytes },
  });
  forEachVerb(`does not count where a write is cut off after ${bytes} bytes`, {
    failure: { kind: "short", bytes },
  });
}

for (const [by, access] of ACCESSES) {
  const attempt = triedBy(access);
  forEachVerb(`tells the truth on a disk, by ${by}, where one step fails`, {
    failure: { kind: "code", code: "EIO" },
  }, attempt);
  forEachVerb(`may be killed on a disk, by ${by}, in the middle of a write`, {
    failure: { kind: "torn", bytes: 60 },
  }, attempt);
}

Deno.test("a completed session keeps its marker when a full disk prevents a restart", async () => {
  const files = await filesAfter("completed");
  const { calls } = (await tried("completed", "restart", {
    step: 0,
    failure: { kind: "kill" },
  })).failing;
  const step = calls.findIndex((name) => name.startsWith("append")) + 1;
  const failure: Failure = { kind: "code", code: "ENOSPC" };
  const trial = await tried("completed", "restart", { step, failure });
  assertEquals(trial.outcome.kind, "failed");
  assertEquals(
    trial.files.text(`${DIRECTORY}/COMPLETED`),
    files.text(`${DIRECTORY}/COMPLETED`),
  );
});

Deno.test("a full disk does not leave an empty .gitignore", async () => {
  const { calls } = (await tried("nothing", "start", {
    step: 0,
    failure: { kind: "kill" },
  })).failing;
  const step = calls.indexOf("create .gitignore") + 1;
  assert(step > 0, calls.join("\n"));
  const failure: Failure = { kind: "short", bytes: 0 };
  const { files, outcome } = await tried("nothing", "start", { step, failure });
  assertEquals(outcome.kind, "failed");
  assertEquals(files.inspect(`${ROOT}/.gitignore`), null);
});

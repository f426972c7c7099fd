/**
 * The model, the part that fits into every run of the tests: the pairs of
 * writers that have something to quarrel about, each interleaving, with a kill
 * or a short write at every place. `make soak` runs all pairs and more. And:
 * the model notices when the store is made to break a rule.
 */
import { assert, assertEquals } from "@std/assert";
import type { Files, OpenFile } from "../../lib/platform/platform.ts";
import type { SessionStore } from "../../lib/store/store.ts";
import { overridden } from "../support/directory_over.ts";
import { type Exploration, explore, type Scenario } from "./explore.ts";
import type { Mutation } from "./program.ts";
import { type Call, filesAfter, type Past, writersOf } from "./situations.ts";

type Limits = Pick<Scenario, "kills" | "shorts" | "writes" | "mutation">;

async function explored(
  past: Past,
  calls: Call[],
  limits: Limits,
): Promise<Exploration> {
  const files = await filesAfter(past);
  return explore({ files, programs: writersOf(calls), ...limits });
}

/** Pairs, and after which past they meet. */
const PAIRS: [Past, Call, Call][] = [
  ["empty directory", "start", "start"],
  ["empty directory", "start", "error"],
  ["running", "error", "error"],
  ["running", "heartbeat", "pulse"],
  ["running", "waiting", "heartbeat"],
  ["running", "error", "fail"],
  ["running", "heartbeat", "complete"],
  ["running", "complete", "complete"],
  ["running", "complete", "fail"],
  ["running", "complete", "force"],
  ["running", "fenced complete", "force"],
  ["running", "fenced error", "force"],
  ["running", "force", "force"],
  ["completed", "restart", "restart"],
  ["completed", "restart", "error"],
  ["failed", "restart", "complete"],
  ["second attempt", "fenced complete", "complete"],
];

for (const [past, ...calls] of PAIRS) {
  const [one, other] = calls;
  Deno.test(`${one} and ${other} (past: ${past}) agree, with a kill anywhere`, async () => {
    const { violations, ends } = await explored(past, calls, { kills: 1 });
    assertEquals([...violations], []);
    assert(ends > 0);
  });
}

const SHORT: [Past, Call, Call][] = [
  ["empty directory", "start", "start"],
  ["running", "error", "error"],
  ["running", "heartbeat", "complete"],
  ["running", "complete", "force"],
  ["completed", "restart", "error"],
];

for (const [past, ...calls] of SHORT) {
  const [one, other] = calls;
  Deno.test(`${one} and ${other} (past: ${past}) agree, with a short write anywhere`, async () => {
    const { violations } = await explored(past, calls, { shorts: 1 });
    assertEquals([...violations], []);
  });
}

Deno.test("error and error agree where lines show half, with a kill in their middle", async () => {
  const { violations } = await explored("running", ["error", "error"], {
    kills: 1,
    writes: "split",
  });
  assertEquals([...violations], []);
});

/** Expects the model to find what a mutation breaks. */
function notices(
  what: string,
  found: RegExp,
  scenario: { past: Past; calls: Call[]; mutation: Mutation },
): void {
  Deno.test(`the model notices ${what}`, async () => {
    const { past, calls, mutation } = scenario;
    const { violations } = await explored(past, calls, { mutation });
    const texts = [...violations.keys()];
    assert(
      texts.some((text) => found.test(text)),
      texts.join("\n") || "nothing",
    );
  });
}

/** Files whose renames to some names do nothing. */
function withoutRenames(files: Files, names: RegExp): Files {
  return overridden(files, (files) => ({
    rename: (from, to) => names.test(to) ? undefined : files.rename(from, to),
  }));
}

/** Files whose log seems to grow no more once a status is in place. */
function withoutSecondLook(files: Files): Files {
  let hasRenamed = false;
  const blind = (log: OpenFile): OpenFile => {
    let size = 0;
    const look = () => hasRenamed ? size : size = log.size();
    return {
      identity: log.identity,
      size: look,
      read: (start, end) => log.read(start, end),
      append: (bytes) => log.append(bytes),
      flush: () => log.flush(),
      close: () => log.close(),
    };
  };
  return overridden(files, (files) => ({
    open: (path, mode) => blind(files.open(path, mode)),
    rename: (from, to) => {
      files.rename(from, to);
      hasRenamed ||= to.endsWith("status.json");
    },
  }));
}

/** A store that tells everybody that their event counted. */
function flattering(store: SessionStore): SessionStore {
  return {
    ...store,
    location: store.location,
    record: async (ref, decide, options) => ({
      ...await store.record(ref, decide, options),
      counted: true,
    }),
  } as SessionStore;
}

notices("a status that is not replaced", /at rest, status\.json is/, {
  past: "running",
  calls: ["error", "error"],
  mutation: { files: (files) => withoutRenames(files, /status\.json$/) },
});

notices("a marker that is left", /at rest, COMPLETED lies beside running/, {
  past: "completed",
  calls: ["restart"],
  mutation: {
    files: (files) => overridden(files, () => ({ remove: () => false })),
  },
});

notices("a writer that does not look again", /at rest, status\.json is not/, {
  past: "running",
  calls: ["error", "error"],
  mutation: { files: withoutSecondLook },
});

notices(
  "a loser that is told it won",
  /a (complete|fail) that succeeded is lost/,
  {
    past: "running",
    calls: ["complete", "fail"],
    mutation: { store: flattering },
  },
);

/**
 * Sessions to look at, recorded through the library with a clock that is set
 * back, so that there are ages, waits and errors to see.
 */
import { openPlatform } from "../../lib/platform/node.ts";
import { nodeAccess } from "../../lib/platform/node_files.ts";
import { openStore } from "../../lib/store/open.ts";
import { SessionTracker } from "../../lib/tracker.ts";

const platform = openPlatform(nodeAccess);

/** The verbs of a session of a workspace, at a moment `minutes` back. */
export function verbsOf(directory: string, workspace = "adrs") {
  return (minutes: number, sessionId: string): SessionTracker => {
    const clock = {
      ...platform.clock,
      nowUs: () => Date.now() * 1000 - Math.round(minutes * 60e6),
      pause: () => {},
    };
    const then = { ...platform, clock };
    const store = openStore(then, directory);
    return new SessionTracker({ sessionId, workspace }, {
      store,
      platform: then,
    });
  };
}

/** Ten sessions in all states: some wait, some failed, some are done. */
export async function recordSample(directory: string): Promise<void> {
  const at = verbsOf(directory);
  await at(47, "adr-01").start("ADR-001: Authentication strategy");
  await at(40, "adr-01").heartbeat({ progressPct: 40, message: "Drafting" });
  await at(36, "adr-01").waiting("Which identity provider?");
  await at(28, "adr-01").heartbeat({ progressPct: 70, message: "Reviewing" });
  await at(19, "adr-01").complete({
    message: "ADR-001 complete",
    outputFiles: ["docs/ADR-001.md", "docs/diagrams/auth.svg"],
  });
  await at(46, "adr-02").start("ADR-002: Caching");
  await at(31, "adr-02").error("Lint failed, trying again");
  await at(0.3, "adr-02").heartbeat({
    progressPct: 62,
    message: "Comparing Redis with an in-process cache",
  });
  await at(46, "adr-03").start("ADR-003: Event schema");
  await at(24, "adr-03").heartbeat({ progressPct: 35, message: "Options" });
  await at(11, "adr-03").waiting("May I run the migration against staging?");
  await at(45, "adr-04").start("ADR-004: Observability");
  await at(38, "adr-04").error("Timeout while fetching the traces");
  await at(33, "adr-04").error("Timeout while fetching the traces");
  await at(30, "adr-04").heartbeat({ progressPct: 55, message: "Measuring" });
  await at(26, "adr-04").fail("make lint: exit code 2");
  await at(44, "adr-05").start("ADR-005: Deployment");
  await at(22, "adr-05").complete({ outputFiles: ["docs/ADR-005.md"] });
  await at(43, "adr-06").start("ADR-006: Data retention");
  await at(39, "adr-06").fail("The network is unreachable");
  await at(35, "adr-06").start("ADR-006: Data retention", { restart: true });
  await at(8, "adr-06").complete({ message: "Second try was fine" });
  await at(18, "adr-07").start("ADR-007: Rate limits");
  await at(0.1, "adr-07").heartbeat({ progressPct: 88, message: "Last edits" });
  await at(21, "adr-08").start("ADR-008: Search");
  await at(9, "adr-08").heartbeat({ progressPct: 20, message: "Reading code" });
  await at(7, "adr-09").start("ADR-009: Feature flags");
  await at(0.2, "adr-09").heartbeat({ progressPct: 15, message: "Outline" });
  await at(6, "adr-10").start("ADR-010: Naming");
  await at(2, "adr-10").complete({ message: "Short and good" });
}

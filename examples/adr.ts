/**
 * Pattern 1, a session that writes a document: one decision record of several
 * that are written at the same time, each by a session of its own.
 *
 *   deno run -A examples/adr.ts adr-01 "Authentication strategy"
 *
 * Coordinator: ptrack monitor -w adrs --watch
 */
import { mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { SessionTracker } from "../lib/mod.ts";

const [sessionId = "adr-01", title = "Authentication strategy"] = process.argv
  .slice(2);
const record = `docs/architecture/${sessionId}.md`;

const tracker = new SessionTracker({
  sessionId,
  workspace: "adrs",
  // A report that cannot be kept must not stop the work.
  onProblem: (problem) => console.error(`warning: ${problem.message}`),
});

// Fails the session, and throws on, if the work throws or is interrupted.
await tracker.run(async () => {
  await tracker.heartbeat({ progressPct: 20, message: "Researching" });
  const options = ["Sessions in a cookie", "Signed tokens"];

  await tracker.heartbeat({
    progressPct: 50,
    message: "Drafting options analysis",
  });
  await mkdir("docs/architecture", { recursive: true });
  const listed = options.map((option) => `- ${option}\n`).join("");
  const draft = `# ${title}\n\n## Options\n\n${listed}`;

  await tracker.heartbeat({
    progressPct: 80,
    message: "Writing decision rationale",
  });
  await writeFile(record, `${draft}\n## Decision\n\n${options[0]}.\n`);
}, {
  description: title,
  outputFiles: [record],
  message: `${sessionId} complete`,
});

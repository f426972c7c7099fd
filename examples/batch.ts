/**
 * Pattern 3, a session that works through many things: a heartbeat at every
 * hundredth of them, so that reporting costs next to nothing.
 *
 *   deno run -A examples/batch.ts FOLDER-OF-MAILS batch-emails-01
 *
 * Coordinator: ptrack monitor -w batch-jan --json
 */
import { appendFile, readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { SessionTracker } from "../lib/mod.ts";

const [folder = "mails", sessionId = "batch-emails-01"] = process.argv.slice(2);

async function subjectOf(email: string): Promise<string> {
  const text = await readFile(`${folder}/${email}`, "utf8");
  const subject = /^Subject: .*$/m.exec(text)?.[0];
  if (subject === undefined) throw new Error(`${email} has no subject`);
  return subject;
}

const tracker = new SessionTracker({ sessionId, workspace: "batch-jan" });

await tracker.run(async () => {
  const names = await readdir(folder);
  const emails = names.filter((name) => name.endsWith(".eml")).sort();
  for (const [index, email] of emails.entries()) {
    await appendFile(`${sessionId}.txt`, `${await subjectOf(email)}\n`);
    const done = index + 1;
    if (done % 100 === 0) {
      await tracker.heartbeat({
        progressPct: 100 * done / emails.length,
        message: `Processed ${done}/${emails.length}`,
      });
    }
  }
  await tracker.complete({ message: `Processed ${emails.length} emails` });
}, { description: `Process January's emails of ${folder}` });

/** No command takes a file error for a defect of its own, whichever file it is. */
import { assertEquals } from "@std/assert";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { PtrackError } from "../../lib/errors.ts";
import { REF } from "../model/program.ts";
import { filesAfter, type Past } from "../model/situations.ts";
import { FailingFiles } from "../support/failing_files.ts";
import { FakePlatform } from "../support/fake_platform.ts";

const { workspace, sessionId } = REF;
const IN = ["-w", workspace];
const ONE = [...IN, "-s", sessionId];

const COMMANDS: [Past, string[]][] = [
  ["running", ["monitor"]],
  ["running", ["monitor", "status", ...IN]],
  ["running", ["monitor", "status", "--waiting-count"]],
  ["running", ["monitor", "list"]],
  ["completed", ["monitor", "wait", ...IN]],
  ["completed", ["monitor", "watch", ...IN]],
  ["failed", ["monitor", "report", ...IN]],
  ["failed", ["monitor", "log", ...ONE]],
  ["completed", ["clean", "--dry-run", "--older-than", "0"]],
  ["completed", ["clean", "--yes", "--older-than", "0"]],
  ["running", ["clean", "--dry-run", "--all-states"]],
  ["nothing", ["start", "x"]],
  ["nothing", ["start", "x", "--export", ...IN]],
  ["running", ["heartbeat", "50", ...ONE]],
  ["running", ["complete", ...ONE]],
];

for (const code of ["EACCES", "EIO", "ENAMETOOLONG"]) {
  for (const [past, args] of COMMANDS) {
    Deno.test(`ptrack ${args.join(" ")} (past: ${past}) explains ${code}, wherever it comes`, async () => {
      const defects: string[] = [];
      for (let step = 1;; step++) {
        const failure = { kind: "code", code } as const;
        const files = new FailingFiles(await filesAfter(past), {
          step,
          failure,
        });
        const platform = new FakePlatform({ files: files.files, args });
        try {
          await runCommandLine(platform, PTRACK);
        } catch (error) {
          if (!(error instanceof PtrackError)) {
            defects.push(`step ${step} (${files.calls[step - 1]}): ${error}`);
          }
        }
        if (!files.struck) break;
      }
      assertEquals(defects, []);
    });
  }
}

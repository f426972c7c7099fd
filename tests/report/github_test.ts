/** Workflow commands: as GitHub's runner would read them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { githubReport } from "../../lib/report/github.ts";
import { hostileResults, usualResults } from "../support/sample_results.ts";
import { assertGolden } from "../support/golden.ts";

/** What the runner understands of a line, by its rules of unescaping. */
function understood(line: string) {
  const match =
    /^::(\w+) title=([^:,\r\n%]*(?:%[0-9A-F]{2}[^:,\r\n%]*)*)::(.*)$/
      .exec(line);
  if (match === null) return null;
  const decode = (text: string) =>
    text.replace(
      /%(0A|0D|3A|2C|25)/g,
      (_, code) => String.fromCharCode(parseInt(code, 16)),
    );
  const [, level, title, message] = match;
  return { level: level!, title: decode(title!), message: decode(message!) };
}

Deno.test("github: a workspace with a session in each state, to the byte", () => {
  assertGolden("reports/usual.github.txt", githubReport([usualResults()]));
});

Deno.test("github: a report of the moment warns of sessions that wait or are stale", () => {
  const levels = (unfinished: "warning" | "accepted") =>
    githubReport([usualResults(unfinished)]).trimEnd().split("\n")
      .map((line) => understood(line)!)
      .filter(({ level }) => level === "warning")
      .map(({ title }) => title);
  assertEquals(levels("warning"), ["adrs: ask waiting", "adrs: quiet stale"]);
  assertEquals(levels("accepted"), []);
});

Deno.test("github: no text of a session is a command of its own", () => {
  const result = hostileResults();
  const report = githubReport([result]);
  const lines = report.split(/\r\n|\r|\n/);
  assertEquals(lines.pop(), "");
  // One for each session that is not fine, and one for the workspace.
  const expected = result.snapshot.sessions.length + result.missing.length;
  assertEquals(lines.length, expected + 1);
  for (const line of lines) {
    const command = understood(line);
    assert(command !== null, line);
    assertMatch(command.level, /^(error|notice)$/);
    // deno-lint-ignore no-control-regex
    assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(command.message), line);
    assert(!command.title.includes("\n"), line);
    assert(line.length < 30_000);
  }
});

/** The tables of the bench: the ptrack before, what is slower, the page. */
import { assertEquals } from "@std/assert";
import { renderTables, replaceBetweenMarks } from "./table.ts";

const SECTIONS = [{
  heading: "Looking",
  figures: [
    { what: "`monitor`", measured: "5.1 ms", toBefore: 0.8 },
    { what: "`log`", measured: "9.3 ms", toBefore: 1.234 },
    { what: "`tail`", measured: "2.0 ms", toBefore: null },
  ],
}];

Deno.test("a row that takes more than before is marked", () => {
  assertEquals(
    renderTables(SECTIONS, "0.1.0"),
    `| Looking |  | beside 0.1.0 |
| --- | --- | --- |
| \`monitor\` | 5.1 ms | 0.80 |
| \`log\` | 9.3 ms | **1.23: more than before** |
| \`tail\` | 2.0 ms |  |
`,
  );
});

Deno.test("without a ptrack before there is no column for it", () => {
  assertEquals(
    renderTables(SECTIONS, null),
    `| Looking |  |
| --- | --- |
| \`monitor\` | 5.1 ms |
| \`log\` | 9.3 ms |
| \`tail\` | 2.0 ms |
`,
  );
});

Deno.test("figures replace those between the marks of the page", () => {
  const page = "above\n<!-- bench -->\nold\n<!-- /bench -->\nbelow\n";
  assertEquals(
    replaceBetweenMarks(page, "new\n"),
    "above\n<!-- bench -->\nnew\n<!-- /bench -->\nbelow\n",
  );
});

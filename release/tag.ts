/**
 * `make tag TAG=v1.2.3`: refuses a tag that does not name the version of
 * deno.json, or a version of which the changelog says nothing; what it says
 * goes into build/release-notes.md.
 */
import { ensureDirSync } from "@std/fs";
const root = new URL("../", import.meta.url);
const read = (name: string) => Deno.readTextFileSync(new URL(name, root));
const [tag = ""] = Deno.args;
const { version } = JSON.parse(read("deno.json"));
const [, notes] = read("CHANGELOG.md").split(`\n## ${version} `);

const problems: string[] = [];
if (tag !== `v${version}`) {
  problems.push(`the tag is "${tag}", and the version of deno.json ${version}`);
}
if (notes === undefined) {
  problems.push(`CHANGELOG.md has no "## ${version} - DATE"`);
} else {
  // The rest of the heading's line, the date, is not part of them.
  const [own] = notes.slice(notes.indexOf("\n")).split("\n## ");
  ensureDirSync(new URL("build", root));
  Deno.writeTextFileSync(
    new URL("build/release-notes.md", root),
    `${own!.trim()}\n`,
  );
}
for (const problem of problems) {
  console.error(`error: Cannot release: ${problem}`);
}
Deno.exitCode = problems.length === 0 ? 0 : 1;

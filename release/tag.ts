/**
 * `make tag TAG=v1.2.3`: refuses a tag that does not name the version of
 * deno.json, or a version of which the changelog says nothing.
 */
const root = new URL("../", import.meta.url);
const read = (name: string) => Deno.readTextFileSync(new URL(name, root));
const [tag = ""] = Deno.args;
const { version } = JSON.parse(read("deno.json"));
const changelog = read("CHANGELOG.md");

const problems: string[] = [];
if (tag !== `v${version}`) {
  problems.push(`the tag is "${tag}", and the version of deno.json ${version}`);
}
if (!changelog.includes(`\n## ${version} `)) {
  problems.push(`CHANGELOG.md has no "## ${version} - DATE"`);
}
for (const problem of problems) {
  console.error(`error: Cannot release: ${problem}`);
}
Deno.exitCode = problems.length === 0 ? 0 : 1;

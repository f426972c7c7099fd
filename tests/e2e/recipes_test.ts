/** The recipes of README.md, typed as they are printed. */
import { assert, assertEquals } from "@std/assert";
import { ensureDirSync } from "@std/fs";
import { Place } from "../support/program.ts";
import { needs } from "../support/needs.ts";

const DOCUMENT = Deno.readTextFileSync(
  new URL("../../README.md", import.meta.url),
);

/** The code after a `<!-- recipe: NAME -->`. */
function recipe(name: string): string {
  const mark = `<!-- recipe: ${name} -->`;
  const [, code] = DOCUMENT.split(mark)[1]?.split(/```\w*\n/) ?? [];
  assert(code !== undefined, `there is no recipe ${name}`);
  return code.split("```")[0]!;
}

function withLogs(): Place {
  const place = new Place();
  for (const name of ["a", "b", "c"]) {
    Deno.writeTextFileSync(place.at(`${name}.log`), `what ${name} did\n`);
  }
  return place;
}

Deno.test("the recipe for xargs", async () => {
  await using place = withLogs();
  const { code, stderr } = await place.shell(recipe("xargs"));
  assertEquals([code, stderr], [0, ""]);
  const { completed, total_sessions } = await place.summary("pack");
  assertEquals([completed, total_sessions], [3, 3]);
});

Deno.test({
  name: "the recipe for GNU parallel",
  ...needs("parallel"),
  fn: async () => {
    await using place = withLogs();
    const { code, stdout } = await place.shell(
      `mkdir -p ~/.parallel; touch ~/.parallel/will-cite\n${
        recipe("parallel")
      }`,
      { env: { HOME: place.at("home") } },
    );
    assertEquals(code, 0);
    assert(stdout.includes("a.log"));
    assertEquals((await place.summary("sums")).completed, 3);
  },
});

Deno.test({
  name: "the recipe for make",
  ...needs("make"),
  fn: async () => {
    await using place = withLogs();
    Deno.writeTextFileSync(place.at("Makefile"), recipe("make"));
    const { code, stderr } = await place.shell("make -j2");
    assertEquals([code, stderr], [0, ""]);
    const { sessions } = await place.summary("build");
    const ids = sessions.map((one: { session_id: string }) => one.session_id);
    assertEquals(ids, ["a.gz", "b.gz"]);
    assertEquals((await place.shell("gunzip -c b.gz")).stdout, "what b did\n");
  },
});

Deno.test("the recipe for cron, in an environment as cron's", async () => {
  await using place = withLogs();
  ensureDirSync(place.at("srv/app"));
  Deno.writeTextFileSync(place.at("srv/app/backup.sh"), "echo did it\n");
  Deno.chmodSync(place.at("srv/app/backup.sh"), 0o755);
  const line = recipe("cron").trim().replace(/^(?:\S+\s+){5}/, "")
    .replace("/srv/app", place.at("srv/app"));
  const script = `env -i PATH="$PATH" HOME="$HOME" DENO_DIR="$DENO_DIR" ` +
    `SHELL=/bin/sh sh -c '${line}'`;
  const env = { PTRACK_DIR: "" };
  for (const attempt of [1, 2]) {
    const { code, stdout, stderr } = await place.shell(script, { env });
    assertEquals([code, stdout, stderr], [0, "", ""]);
    const { state, ptrack } = place.status("cron", "backup");
    assertEquals([state, ptrack.attempt], ["completed", attempt]);
  }
});

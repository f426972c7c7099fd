/** Many at once: each has its session, its end and its exit code. */
import { assertEquals } from "@std/assert";
import { ensureDirSync } from "@std/fs";
import { type Place, placeTest, times } from "../support/program.ts";

const COUNT = times({ soak: 200, test: 50 });

/** Every command ends with its number modulo this. */
const MODULO = 7;

/** What the runners of many commands are told to run, and print. */
const JOB = `ptrack run -- sh -c "exit $(({} % ${MODULO}))"; echo {} $?`;

function expected(): string {
  return Array.from({ length: COUNT }, (_, index) => index + 1)
    .map((number) => `${number} ${number % MODULO}\n`).join("");
}

function checkSessions(place: Place): void {
  const names = place.names("batch");
  assertEquals(names.length, COUNT);
  const ended = { completed: 0, failed: 0 };
  for (const name of names) {
    const status = place.status("batch", name);
    ended[status.state as keyof typeof ended]++;
    assertEquals(status.ptrack.batch, "night");
    assertEquals(
      place.log("batch", name).map(({ event }) => event)
        .filter((event) => event !== "heartbeat"),
      ["started", status.state],
    );
  }
  const completed = Math.floor(COUNT / MODULO);
  assertEquals(ended, { completed, failed: COUNT - completed });
}

const env = { PTRACK_WORKSPACE: "batch", PTRACK_BATCH: "night" };

placeTest("many runs from xargs -P have their sessions and exit codes", [
  "linux",
], async (place) => {
  const { stdout, stderr } = await place.shell(
    `seq ${COUNT} | xargs -P 16 -I{} sh -c '${JOB}' | sort -n`,
    { env },
  );
  assertEquals(stderr, "");
  assertEquals(stdout, expected());
  checkSessions(place);
});

placeTest("many runs from GNU parallel have their sessions and exit codes", [
  "linux",
  "parallel",
], async (place) => {
  // It keeps its own things in a directory of the same name as ours.
  const home = place.at("home");
  ensureDirSync(`${home}/.parallel`);
  const { stdout, stderr } = await place.shell(
    `seq ${COUNT} | parallel --will-cite -j 16 '${JOB}' | sort -n`,
    { env: { ...env, HOME: home, PARALLEL_HOME: `${home}/.parallel` } },
  );
  assertEquals(stderr, "");
  assertEquals(stdout, expected());
  checkSessions(place);
});

/** Many processes at once on one session, and a reader in a tight loop. */
import { assert, assertEquals } from "@std/assert";
import { Place, spin, times } from "../support/program.ts";

const WRITERS = times({ soak: 50, test: 20 });
const ERRORS = times({ soak: 20, test: 10 });

/** Reads a status over and over until told to stop; counts bad reads. */
async function readTightly(path: string, isOver: () => boolean) {
  let reads = 0;
  while (!isOver()) {
    for (let i = 0; i < 20; i++) {
      const status = JSON.parse(Deno.readTextFileSync(path));
      assertEquals(status.state, "running");
      assertEquals(
        status.errors.length,
        Math.min(100, status.ptrack.errors_total),
      );
      reads++;
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  return reads;
}

Deno.test(`${WRITERS * ERRORS} errors of ${WRITERS} processes: none is lost, and a tight-loop reader never sees half a status`, async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const script = `for i in $(seq ${ERRORS}); do
    ptrack error -s a "$WRITER-$i" || exit 1
  done`;
  let over = false;
  const writers = Promise.all(
    Array.from(
      { length: WRITERS },
      (_, writer) => place.shell(script, { env: { WRITER: String(writer) } }),
    ),
  ).finally(() => over = true);
  const path = `${place.directory("default", "a")}/status.json`;
  const reads = await readTightly(path, () => over);
  for (const result of await writers) {
    assertEquals(result, { code: 0, signal: null, stdout: "", stderr: "" });
  }
  assert(reads > 100);
  const status = place.status("default", "a");
  assertEquals(status.ptrack.errors_total, WRITERS * ERRORS);
  const logged = place.log("default", "a").slice(1);
  assertEquals(
    logged.map(({ details }) => details.error).sort(),
    Array.from(
      { length: WRITERS },
      (_, writer) =>
        Array.from({ length: ERRORS }, (_, i) => `${writer}-${i + 1}`),
    ).flat()
      .sort(),
  );
  assertEquals(new Set(logged.map(({ id }) => id)).size, logged.length);
  assertEquals(
    status.errors,
    logged.slice(-100).map(({ timestamp, details }) =>
      `[${timestamp}] ${details.error}`
    ),
  );
  assertEquals(place.names("default", "a"), ["log.jsonl", "status.json"]);
});

const STARTS = times({ soak: 50, test: 20 });

Deno.test(`of ${STARTS} concurrent starts exactly one wins`, async () => {
  await using place = new Place();
  const results = await Promise.all(
    Array.from(
      { length: STARTS },
      (_, n) => place.run("start", "-s", "a", `by ${n}`),
    ),
  );
  const winners = results.flatMap(({ code }, n) => code === 0 ? [n] : []);
  assertEquals(winners.length, 1);
  for (const { code, stderr } of results) {
    if (code !== 0) assertEquals([code, stderr.split("\n").length], [1, 2]);
  }
  const status = place.status("default", "a");
  assertEquals(status.task_description, `by ${winners[0]}`);
  assertEquals(status.ptrack.attempt, 1);
});

Deno.test("of a concurrent complete and fail one wins, and only its marker is left", async () => {
  await using place = new Place();
  for (let round = 0; round < times({ soak: 20, test: 8 }); round++) {
    const id = `s-${round}`;
    await place.ok("start", "-s", id);
    const [complete, fail] = await Promise.all([
      place.run("complete", "-s", id),
      place.run("fail", "-s", id, "Boom"),
    ]);
    assertEquals([complete.code, fail.code].sort(), [0, 1]);
    const [state, marker] = complete.code === 0
      ? ["completed", "COMPLETED"]
      : ["failed", "FAILED"];
    assertEquals(place.status("default", id).state, state);
    assertEquals(place.names("default", id), [
      marker,
      "log.jsonl",
      "status.json",
    ]);
  }
});

Deno.test("a complete that slept through a restart changes nothing and leaves no marker", async () => {
  await using place = new Place();
  const env = { PTRACK_ATTEMPT: "1" };
  const began = performance.now();
  await place.ok("start", "-s", "measured");
  const wholeMs = performance.now() - began;
  const codes = new Set<number>();
  for (let round = 0; round < times({ soak: 40, test: 20 }); round++) {
    const id = `s-${round}`;
    await place.ok("start", "-s", id);
    const complete = place.spawn(
      { env: { ...env, PTRACK_SESSION: id } },
      "complete",
    );
    spin(Math.random() * wholeMs * 1.2);
    complete.kill("SIGSTOP");
    await place.ok("start", "-s", id, "--force", "Second");
    complete.kill("SIGCONT");
    const { code, stderr } = await complete.result;
    codes.add(code);
    assert(code === 0 || code === 1, stderr);
    const status = place.status("default", id);
    assertEquals([status.state, status.ptrack.attempt], ["running", 2]);
    assertEquals(place.names("default", id), ["log.jsonl", "status.json"]);
  }
  assert(codes.has(1), "none was stopped in time");
});

Deno.test("many sessions can start at once where there is no .parallel yet", async () => {
  await using place = new Place();
  await Deno.remove(`${place.path}/.parallel`);
  await Deno.mkdir(place.at(".git"));
  const ids = Array.from(
    { length: times({ soak: 20, test: 10 }) },
    (_, n) => `s-${n}`,
  );
  for (
    const result of await Promise.all(
      ids.map((id) => place.run("start", "-s", id)),
    )
  ) {
    assertEquals([result.code, result.stderr], [0, ""]);
  }
  assertEquals(place.names("default"), [...ids].sort());
  assertEquals(Deno.readTextFileSync(place.at(".parallel/.gitignore")), "*\n");
});

Deno.test("after concurrent writers the status is the fold of the whole log", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const script = `for writer in 1 2 3 4 5; do
    ptrack error -s a "by $writer" || echo failed &
  done; wait`;
  const rounds = times({ soak: 60, test: 15 });
  for (let round = 1; round <= rounds; round++) {
    assertEquals((await place.shell(script)).stdout, "");
    const { ptrack } = place.status("default", "a");
    assertEquals(ptrack.errors_total, round * 5);
    const path = `${place.directory("default", "a")}/log.jsonl`;
    assertEquals(ptrack.log_bytes, Deno.statSync(path).size);
  }
});

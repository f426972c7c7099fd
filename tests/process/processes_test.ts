/** What a command is started with, and what is put before it. */
import { assertEquals, assertRejects } from "@std/assert";
import { SystemError } from "../../lib/errors.ts";
import type { SystemCalls } from "../../lib/platform/platform.ts";
import { openProcesses } from "../../lib/process/processes.ts";
import { FakeProcesses } from "../support/fake_processes.ts";

const OPTIONS = {
  env: {},
  group: "own",
  input: "inherited",
  output: "none",
} as const;

/** What reaches the system when a command is started. */
async function requested(
  command: string[],
  { env = {}, ...calls }: Partial<SystemCalls> & {
    env?: Record<string, string>;
  } = {},
) {
  const systemCalls = Object.assign(new FakeProcesses(), calls);
  Object.assign(systemCalls.env, env);
  const processes = openProcesses({ system: "linux", systemCalls });
  await processes.spawn({ ...OPTIONS, command, env: { ADDED: "1" } });
  return systemCalls.children[0]!.request;
}

const NOHUP = "SigIgn:\t0000000000000001\n";

Deno.test("a command is started as it is, with our variables and its own", async () => {
  const { command, env } = await requested(["make", "all"], {
    env: { HOME: "/h", ADDED: "0" },
  });
  assertEquals(command, ["make", "all"]);
  assertEquals(env, { HOME: "/h", ADDED: "1" });
});

Deno.test("under nohup a shell keeps the signal ignored", async () => {
  const env = { PWD: "/", OLDPWD: "/", SHLVL: "1", PATH: "/bin" };
  const readText = () => NOHUP;
  const { command } = await requested(["make"], { env, readText });
  assertEquals(command, [
    "/bin/sh",
    "-c",
    'trap "" 1; exec "$@"',
    "sh",
    "make",
  ]);
});

Deno.test("variables that a shell would drop or add are set right behind it", async () => {
  const env = { "a.b": "1", PWD: "/", SHLVL: "1", PATH: "/bin" };
  const readText = () => NOHUP;
  const { command } = await requested(["make"], { env, readText });
  assertEquals(command.slice(4), [
    "/usr/bin/env",
    "-u",
    "OLDPWD",
    "a.b=1",
    "make",
  ]);
});

Deno.test("an environment with bytes that are no UTF-8 is inherited as it is", async () => {
  const env = { BYTES: "\ufffd", PATH: "/bin" };
  const request = await requested(["make"], { env });
  assertEquals(request.env, null);
  assertEquals(request.command, ["/usr/bin/env", "ADDED=1", "make"]);
  const odd = await requested(["a=b"], { env });
  assertEquals(odd.command.slice(-2), ["sh", "/bin/a=b"]);
});

Deno.test("a script without #! is run by the shell", async () => {
  let tried = 0;
  const systemCalls = new FakeProcesses();
  const { command } = await requested(["script", "x"], {
    env: { PATH: "/bin" },
    spawn(request) {
      if (++tried === 1) throw new SystemError("ENOEXEC", "run", "script");
      return systemCalls.spawn.call(this as FakeProcesses, request);
    },
  });
  assertEquals(command, ["/bin/sh", "/bin/script", "x"]);
});

Deno.test("behind a shell a missing command fails as it would alone", async () => {
  const codes = { "/a/make": "ENOENT", "/b/make": "EACCES" };
  for (const [PATH, code] of [["/a", "ENOENT"], ["/a:/b", "EACCES"]] as const) {
    const error = await assertRejects(
      () =>
        requested(["make"], {
          env: { PATH },
          readText: () => NOHUP,
          checkExecutable(path) {
            throw new SystemError(codes[path as keyof typeof codes], "", path);
          },
        }),
      SystemError,
    );
    assertEquals(error.code, code);
  }
  await assertRejects(() => requested([""]), SystemError, "ENOENT");
});

Deno.test("a process that we may not signal is there, one that is gone is not", async () => {
  const systemCalls = new FakeProcesses();
  const processes = openProcesses({ system: "linux", systemCalls });
  const { pid } = await processes.spawn({ ...OPTIONS, command: ["make"] });
  assertEquals(processes.hasGroup(pid), true);
  systemCalls.kill = () => "denied";
  assertEquals(processes.signal(pid, "SIGTERM"), true);
  systemCalls.kill = () => "gone";
  assertEquals(processes.hasGroup(pid), false);
});

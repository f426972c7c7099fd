/**
 * `ptrack monitor serve` over the wire: what it answers, whom it turns away,
 * whom it outlives, and how it ends.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "@std/fs";
import {
  get,
  type PageServer,
  readToEnd,
  sendRaw,
  startServer,
  startServerWith,
  Viewer,
} from "../support/page_server.ts";
import {
  eventually,
  foreignStatus,
  Place,
  placeTest,
} from "../support/program.ts";

/** A place with a session `w/s`, and a server of it. */
async function serving(place: Place, ...args: string[]): Promise<PageServer> {
  await place.ok("start", "-w", "w", "-s", "s", "Task of s");
  return await startServer(place, ...args);
}

Deno.test("the page is one document that may load nothing from elsewhere", async () => {
  await using place = new Place();
  const { port, url } = await serving(place, "-w", "w");
  assertEquals(url, `http://127.0.0.1:${port}/`);
  const { status, headers, body } = await get(port, "/");
  assertEquals(status, 200);
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  const policy = headers.get("content-security-policy")!;
  assertStringIncludes(policy, "default-src 'none'");
  assertStringIncludes(policy, "frame-ancestors 'none'");
  assert(!/unsafe|\*|http/.test(policy), policy);
  assert(!/(?:src|href)="(?!data:)/.test(body), "it names another file");
});

for (const path of ["/", "/state", "/session?key=w/s", "/nothing"]) {
  Deno.test(`${path} is not cached, its type not guessed, and it is shared with no site`, async () => {
    await using place = new Place();
    const { port } = await serving(place);
    const { headers } = await get(port, path);
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
    assert(headers.get("content-security-policy"));
    const cors = [...headers.keys()].filter((name) => /^access-/.test(name));
    assertEquals(cors, []);
  });
}

Deno.test("the page's data has all sessions, and one session with its log, as JSON", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  await place.ok(
    "heartbeat",
    "-w",
    "w",
    "-s",
    "s",
    "--pct",
    "40",
    "-m",
    "Half",
  );
  await place.ok("waiting", "-w", "w", "-s", "s", "Shall I?");
  await eventually(async () =>
    (await get(port, "/state")).body.includes("Shall I?")
  );
  const [session] = JSON.parse((await get(port, "/state")).body).sessions;
  assertEquals(
    [session.key, session.word, session.percent, session.reason],
    ["w/s", "waiting", 40, "Shall I?"],
  );
  assertEquals(session.history.waits.length, 1);
  const detail = JSON.parse((await get(port, "/session?key=w%2Fs")).body);
  assertEquals(
    detail.lines.map(({ event, text }: { event: string; text: string }) => [
      event,
      text,
    ]),
    [["started", "Task of s"], ["heartbeat", "Half"], ["waiting", "Shall I?"]],
  );
});

Deno.test("HEAD is answered as GET is, without a body", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const head = `HEAD / HTTP/1.1\r\nHost: localhost:${port}\r\n` +
    "Connection: close\r\n\r\n";
  const { status, headers, body } = await sendRaw(port, head);
  assertEquals([status, body], [200, ""]);
  assert(Number(headers.get("content-length")) > 10_000);
});

Deno.test("a request for another host, or from another site, is refused", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const here = `127.0.0.1:${port}`;
  const refused: Record<string, string>[] = [
    { Host: `rebound.example:${port}` },
    { Host: `192.168.1.7:${port}` },
    { Host: `127.0.0.1.nip.io:${port}` },
    { Host: "127.0.0.1@evil.example" },
    { Host: "" },
    { Host: here, Origin: "http://evil.example" },
    { Host: here, Origin: "null" },
    { Host: here, Origin: `http://127.0.0.1:${port + 1}` },
    { Host: here, Origin: `https://${here}` },
    { Host: here, "Sec-Fetch-Site": "cross-site" },
    { Host: here, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors" },
  ];
  for (const headers of refused) {
    for (const path of ["/", "/state", "/events"]) {
      const { status } = await get(port, path, headers);
      assertEquals(status, 403, `${path} ${JSON.stringify(headers)}`);
    }
  }
  const twice =
    `GET /state HTTP/1.1\r\nHost: ${here}\r\nHost: evil.example\r\n` +
    "Connection: close\r\n\r\n";
  assert((await sendRaw(port, twice)).status >= 400);
  const none = "GET /state HTTP/1.1\r\nConnection: close\r\n\r\n";
  assert((await sendRaw(port, none)).status >= 400);
  const welcome: Record<string, string>[] = [
    { Host: `localhost:${port}`, Origin: `http://localhost:${port}` },
    { Host: `[::1]:${port}` },
    { Host: "localhost:8080" },
    { Host: here, "Sec-Fetch-Site": "same-origin" },
  ];
  for (const headers of welcome) {
    const { status } = await get(port, "/state", headers);
    assertEquals(status, 200, JSON.stringify(headers));
  }
});

Deno.test("no path and no key reaches files that are not shown", async () => {
  await using place = new Place();
  const { port } = await serving(place, "-w", "w");
  await place.ok("start", "-w", "other", "-s", "hidden", "Secret");
  Deno.writeTextFileSync(place.at("secret.txt"), "Secret");
  const paths = [
    "/../secret.txt",
    "/..%2f..%2fsecret.txt",
    "/%2e%2e/secret.txt",
    "//secret.txt",
    "/state/../../secret.txt",
    "/.parallel/w/s/status.json",
    "/session",
    "/session?key=",
    "/session?key=..%2f..%2fsecret.txt",
    "/session?key=w/../other/hidden",
    "/session?key=other/hidden",
    "/session?key=w/s/../s",
    "/session?key=w/s%00",
    "/session?key=__proto__",
    "/session?key=%ff%fe",
    "/session?key=w\\s",
    "http://evil.example/state",
  ];
  for (const path of paths) {
    const { status, body } = await get(port, path);
    assert(status === 404 || status === 400, `${path}: ${status}`);
    assert(!body.includes("Secret"), path);
  }
  for (const bad of ["GET /\u0000 HTTP/1.1", "nonsense"]) {
    const { status } = await sendRaw(port, `${bad}\r\nHost: localhost\r\n\r\n`);
    assert(status === 400 || status === 0, `${JSON.stringify(bad)}: ${status}`);
  }
  assertEquals((await get(port, "/state")).status, 200);
});

Deno.test("only reading is allowed, and long requests are cut off", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const host = `Host: localhost:${port}\r\n`;
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]) {
    const request = `${method} /state HTTP/1.1\r\n${host}\r\n`;
    assertEquals((await sendRaw(port, request)).status, 405, method);
  }
  const body = `GET /state HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`;
  assertEquals((await sendRaw(port, body)).status, 413);
  const upgrade = `GET /events HTTP/1.1\r\n${host}Connection: Upgrade\r\n` +
    "Upgrade: websocket\r\n\r\n";
  assertEquals((await sendRaw(port, upgrade)).body, "");
  const long = `GET /${"a".repeat(100_000)} HTTP/1.1\r\n${host}\r\n`;
  assert([400, 414, 431, 0].includes((await sendRaw(port, long)).status));
  const wide = `GET / HTTP/1.1\r\n${host}X: ${"a".repeat(3_000_000)}\r\n\r\n`;
  assert([400, 431, 0].includes(
    (await sendRaw(port, wide).catch(() => ({ status: 0 }))).status,
  ));
  assertEquals((await get(port, "/state")).status, 200);
});

Deno.test("slow, silent and endless clients are disconnected while others are served", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const write = async (text: string) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode(text));
    return connection;
  };
  const head = `GET /state HTTP/1.1\r\nHost: localhost:${port}\r\n`;
  const endless = await write(
    `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = new TextEncoder().encode(`1000\r\n${"x".repeat(4096)}\r\n`);
  let isStopped = false;
  const flood = (async () => {
    while (!isStopped) {
      await endless.write(chunk);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })().catch(() => isStopped = true);
  const slow = await write(head);
  const drip = (async () => {
    while (!isStopped) {
      await slow.write(new TextEncoder().encode("X-Drip: 1\r\n"));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  })().catch(() => {});
  const silent = await write("");
  const half = await write(head);
  const ends = Promise.all([endless, slow, silent, half].map(readToEnd));
  assertEquals((await get(port, "/state")).status, 200);
  // The longest limit is 15 seconds; a test may take four times as long.
  let hasEnded = false;
  ends.then(() => hasEnded = true);
  await eventually(() => hasEnded, 50_000);
  isStopped = true;
  await Promise.all([flood, drip]);
  for (const connection of [endless, slow, silent, half]) connection.close();
  assertEquals((await get(port, "/state")).status, 200);
});

Deno.test("two hundred viewers get a change, and use little memory", async () => {
  await using place = new Place();
  const { port, running } = await serving(place, "-w", "w");
  const viewers = await Promise.all(
    Array.from({ length: 200 }, () => Viewer.open(port)),
  );
  await place.ok("heartbeat", "-w", "w", "-s", "s", "-m", "For all of you");
  await eventually(() => viewers.every((one) => one.heard("For all of you")));
  if (Deno.build.os === "linux") {
    const status = Deno.readTextFileSync(`/proc/${running.pid}/status`);
    const megabytes = Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
    assert(megabytes < 150, `${megabytes} MB`);
  }
  for (const viewer of viewers) await viewer.close();
  assertEquals((await get(port, "/state")).status, 200);
});

Deno.test("viewers learn of sessions and workspaces that come and go", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const viewer = await Viewer.open(port);
  await place.ok("start", "-w", "later", "-s", "new", "Born later");
  await eventually(() => viewer.heard("Born later"));
  await place.ok("complete", "-w", "later", "-s", "new");
  await eventually(() => viewer.heard('"word":"completed"'));
  Deno.removeSync(place.directory("later"), { recursive: true });
  await eventually(() => viewer.heard('"removed":["later/new"]'), 20_000);
  assertEquals((await get(port, "/session?key=later/new")).status, 404);
  await viewer.close();
});

Deno.test("a page is served before there is anything to see on it", async () => {
  await using place = new Place();
  const { port } = await startServer(place, "-w", "w");
  assertEquals(JSON.parse((await get(port, "/state")).body).sessions, []);
  const viewer = await Viewer.open(port);
  await place.ok("start", "-w", "w", "-s", "s", "The first");
  await eventually(() => viewer.heard("The first"));
  await viewer.close();
});

Deno.test("markup and odd names stay data", async () => {
  await using place = new Place();
  const name = "<img src=x onerror=alert(1)>";
  place.write("w", name, {
    "status.json": foreignStatus("w", name, {
      message: "</script><script>alert(1)</script>\u2028\u0007",
    }),
  });
  const { port } = await serving(place);
  const { headers } = await get(port, "/state");
  assertEquals(headers.get("content-type"), "application/json; charset=utf-8");
  const find = async () =>
    JSON.parse((await get(port, "/state")).body).sessions
      .find((one: { id: string }) => one.id === name);
  await eventually(find);
  const found = await find();
  assertStringIncludes(found.message, "</script>");
  const key = encodeURIComponent(`w/${name}`);
  assertEquals((await get(port, `/session?key=${key}`)).status, 200);
  assert(!(await get(port, "/")).body.includes("onerror=alert"));
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} ends the server and all its streams well`, async () => {
    await using place = new Place();
    const { port, running } = await serving(place);
    const viewers = await Promise.all([1, 2, 3].map(() => Viewer.open(port)));
    const half = await Deno.connect({ hostname: "127.0.0.1", port });
    await half.write(new TextEncoder().encode("GET / HT"));
    running.kill(signal);
    const { code, signal: killedBy, stderr } = await running.result;
    assertEquals([code, killedBy, stderr], [0, null, ""]);
    await eventually(() => viewers.every(({ hasEnded }) => hasEnded));
    assert(viewers.every(({ text }) => text.endsWith("0\r\n\r\n")));
    for (const viewer of viewers) await viewer.close();
    half.close();
  });
}

placeTest(
  "a server that ignores hangups outlasts one",
  ["linux", "executable"],
  async (place) => {
    const serve = "exec ptrack monitor serve --port 0";
    const running = place.spawnShell(`trap "" HUP; ${serve}`);
    await eventually(() => running.stdout.includes("\n"), 20_000);
    running.kill("SIGHUP");
    const port = Number(new URL(running.stdout.trim()).port);
    assertEquals((await get(port, "/")).status, 200);
    running.kill("SIGTERM");
    assertEquals((await running.result).code, 0);
  },
);

Deno.test("the error about a port in use names the option that helps", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const { code, stdout, stderr } = await place.run(
    ...["monitor", "serve", "--port", String(port)],
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `port ${port}: it is in use`);
  assertStringIncludes(stderr, "--port 0");
});

Deno.test("other machines are served only with a token", async () => {
  await using place = new Place();
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
    const { code, stderr } = await place.run(
      ...["monitor", "serve", "--port", "0", "--host", host],
    );
    assertEquals(code, 2);
    assertStringIncludes(stderr, "--token");
  }
  for (
    const wrong of [["--port", "65536"], ["--port", "x"], ["--token", "short"]]
  ) {
    assertEquals((await place.run("monitor", "serve", ...wrong)).code, 2);
  }
  for (const address of ["192.0.2.1", "nowhere.invalid"]) {
    const missing = await place.run(
      ...["monitor", "serve", "--port", "0"],
      ...["--host", address, "--token", "auto"],
    );
    assertEquals(missing.code, 2);
    assertStringIncludes(missing.stderr, "no address of this machine");
    assertStringIncludes(missing.stderr, "--host");
  }
});

Deno.test("with a token only viewers that have it see anything", async () => {
  await using place = new Place();
  const { port, url } = await serving(
    place,
    ...["--host", "0.0.0.0", "--token", "auto"],
  );
  const token = new URL(url).searchParams.get("token")!;
  assert(token.length >= 32, url);
  const wrong: Record<string, string>[] = [
    {},
    { Authorization: `Bearer ${token}x` },
    { Authorization: `Bearer ${token.slice(1)}` },
    { Cookie: `ptrack_token_${port}=${token}` },
  ];
  for (const headers of wrong) {
    for (const path of ["/", "/state", "/events", "/session?key=w/s", "/x"]) {
      const { status, body } = await get(port, path, headers);
      assertEquals(status, 401, `${path} ${JSON.stringify(headers)}`);
      assert(!body.includes("Task of s"));
    }
  }
  assertEquals((await get(port, `/?token=${token}0`)).status, 401);
  // Browsers send cookies to all ports of a host, so there is none.
  for (const path of ["/", "/state"]) {
    const { status, headers } = await get(port, `${path}?token=${token}`);
    assertEquals([status, headers.get("set-cookie")], [200, undefined], path);
  }
  const right = { Authorization: `Bearer ${token}` };
  assertEquals((await get(port, "/state", right)).status, 200);
  const rebound = { ...right, Host: `rebound.example:${port}` };
  assertEquals((await get(port, "/state", rebound)).status, 403);
});

placeTest("--open opens the address, and a failure is only a message", [
  "linux",
], async (place) => {
  const tools = place.at("tools");
  Deno.mkdirSync(tools);
  const opened = place.at("opened");
  const script = `#!/bin/sh\necho "$1" > '${opened}.new'\n` +
    `mv '${opened}.new' '${opened}'\n`;
  Deno.writeTextFileSync(`${tools}/xdg-open`, script, { mode: 0o755 });
  const env = { PATH: `${tools}:${Deno.env.get("PATH")}` };
  const { url } = await startServerWith({ env }, place, "--open");
  await eventually(() => existsSync(opened));
  assertEquals(Deno.readTextFileSync(opened), `${url}\n`);

  const bare = { env: { PATH: place.at("nothing") } };
  const { port, running } = await startServerWith(bare, place, "--open");
  await eventually(() => running.stderr.includes("Cannot open a browser"));
  assertEquals((await get(port, "/state")).status, 200);
});

placeTest(
  "an address in brackets is the same without them",
  ["ipv6"],
  async (place) => {
    for (const address of ["::1", "[::1]"]) {
      const { url, port } = await startServer(place, "--host", address);
      assertEquals(url, `http://[::1]:${port}/`);
    }
  },
);

Deno.test("a header that must be single and is doubled, and an odd path, are refused well", async () => {
  await using place = new Place();
  const { port } = await serving(place);
  const here = `127.0.0.1:${port}`;
  const ask = (path: string, ...lines: string[]) =>
    sendRaw(
      port,
      [`GET ${path} HTTP/1.1`, ...lines, "Connection: close", "", ""]
        .join("\r\n"),
    );
  const host = `Host: ${here}`;
  const own = `Origin: http://${here}`;
  const doubled = [
    ["Origin: http://evil.example", "Origin: http://evil.example"],
    [own, "Origin: http://evil.example"],
    ["Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"],
    ["Authorization: Bearer a", "Authorization: Bearer b"],
  ];
  for (const lines of doubled) {
    const { status } = await ask("/state", host, ...lines);
    assertEquals(status, 400, String(lines));
  }
  assertEquals((await ask("/state", host, own)).status, 200);
  for (const path of ["//", "//[", "/%", "/\\x", "//evil.example/?token=x"]) {
    assertEquals((await ask(path, host)).status, 404, path);
  }
});

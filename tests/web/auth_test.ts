/** Who is let in by the server of the page. */
import { assertEquals } from "@std/assert";
import type { HttpRequest } from "../../lib/platform/http.ts";
import { admit, type Gate, isLoopback } from "../../lib/web/auth.ts";

const LOCAL: Gate = { address: "127.0.0.1", machine: "desk", token: null };
const OPEN: Gate = {
  address: "0.0.0.0",
  machine: "desk",
  token: "a-long-token",
};

function request(
  headers: Record<string, string>,
  target = "/state",
): HttpRequest {
  return { target, header: (name) => headers[name] ?? null };
}

const kindOf = (gate: Gate, headers: Record<string, string>, target?: string) =>
  admit(gate, request(headers, target)).kind;

Deno.test("only addresses that begin with 127, and ::1, are this machine's alone", () => {
  for (const address of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) {
    assertEquals(isLoopback(address), true, address);
  }
  for (
    const address of [
      "0.0.0.0",
      "::",
      "128.0.0.1",
      "127.evil.example",
      "12.7.0.1",
    ]
  ) {
    assertEquals(isLoopback(address), false, address);
  }
});

Deno.test("a server of this machine goes by names of this machine only", () => {
  for (
    const host of ["127.0.0.1:3847", "localhost", "LOCALHOST:1", "[::1]:9"]
  ) {
    assertEquals(kindOf(LOCAL, { host }), "admitted", host);
  }
  for (
    const host of [
      "",
      "desk:3847",
      "evil.example",
      "10.0.0.1:3847",
      "localhost.evil.example",
      "localhost:3847:1",
      "localhost/",
      "[::1",
      "127.0.0.1 ",
      "a@localhost",
    ]
  ) assertEquals(kindOf(LOCAL, { host }), "refused", host);
});

Deno.test("a server of the network goes by addresses and its machine's name", () => {
  const authorization = "Bearer a-long-token";
  for (const host of ["10.0.0.1:3847", "desk:3847", "DESK", "[fe80::1]:3847"]) {
    assertEquals(kindOf(OPEN, { host, authorization }), "admitted", host);
  }
  for (const host of ["evil.example:3847", "desk.evil.example"]) {
    assertEquals(kindOf(OPEN, { host, authorization }), "refused", host);
  }
  const named = { ...OPEN, address: "ptrack.lan" };
  const host = "ptrack.lan:3847";
  assertEquals(kindOf(named, { host, authorization }), "admitted");
});

Deno.test("another site may lead here, and ask for nothing", () => {
  const host = "localhost:3847";
  const link = {
    host,
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  assertEquals(kindOf(LOCAL, link, "/"), "admitted");
  const frame = { ...link, "sec-fetch-dest": "iframe" };
  assertEquals(kindOf(LOCAL, frame, "/"), "refused");
  const image = {
    ...link,
    "sec-fetch-mode": "no-cors",
    "sec-fetch-dest": "image",
  };
  assertEquals(kindOf(LOCAL, image), "refused");
  const origin = "http://localhost:3848";
  assertEquals(kindOf(LOCAL, { host, origin }), "refused");
  assertEquals(kindOf(LOCAL, { host, origin: `http://${host}` }), "admitted");
});

Deno.test("the token in the address becomes a cookie, which lets in", () => {
  const host = "10.0.0.1:3847";
  const admission = admit(OPEN, request({ host }, "/?token=a-long-token"));
  assertEquals(admission.kind, "signed in");
  const { cookie, location } = admission as {
    cookie: string;
    location: string;
  };
  assertEquals(location, "/");
  const pair = cookie.split(";")[0]!;
  assertEquals(kindOf(OPEN, { host, cookie: `a=b; ${pair}` }), "admitted");
  const name = pair.slice(0, pair.indexOf("="));
  for (const wrong of ["", `${name}=`, `${pair}x`, pair.slice(0, -1)]) {
    assertEquals(kindOf(OPEN, { host, cookie: wrong }), "refused", wrong);
  }
});

Deno.test("two servers of a machine do not take each other's cookie away", () => {
  const nameAt = (host: string) => {
    const admission = admit(OPEN, request({ host }, "/?token=a-long-token"));
    return (admission as { cookie: string }).cookie.split("=")[0];
  };
  const names = ["desk:3847", "desk:3848", "desk"].map(nameAt);
  assertEquals(new Set(names).size, 3, String(names));
  assertEquals(nameAt("desk:3847"), nameAt("desk:3847"));
});

Deno.test("where the token leads is always this server", () => {
  const host = "localhost";
  for (const target of ["//evil.example/?token=", "/\\evil.example?token="]) {
    const admission = admit(OPEN, request({ host }, `${target}a-long-token`));
    const location = "location" in admission ? admission.location : "/";
    assertEquals(new URL(location, "http://here/").host, "here", target);
  }
});

/** Which requests the server of the page allows. */
import { assertEquals } from "@std/assert";
import type { HttpRequest } from "../../lib/platform/http.ts";
import { type AuthOptions, authorize, isLoopback } from "../../lib/web/auth.ts";

const LOCAL: AuthOptions = {
  address: "127.0.0.1",
  machine: "desk",
  token: null,
};
const OPEN: AuthOptions = {
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

const kindOf = (
  gate: AuthOptions,
  headers: Record<string, string>,
  target?: string,
) => authorize(gate, request(headers, target)).kind;

Deno.test("only 127.x.x.x, ::1 and localhost belong to this machine alone", () => {
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

Deno.test("a local server answers only to local names", () => {
  for (
    const host of ["127.0.0.1:3847", "localhost", "LOCALHOST:1", "[::1]:9"]
  ) {
    assertEquals(kindOf(LOCAL, { host }), "allowed", host);
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
  ) assertEquals(kindOf(LOCAL, { host }), "denied", host);
});

Deno.test("a server of the network answers to addresses and the machine's name", () => {
  const authorization = "Bearer a-long-token";
  for (const host of ["10.0.0.1:3847", "desk:3847", "DESK", "[fe80::1]:3847"]) {
    assertEquals(kindOf(OPEN, { host, authorization }), "allowed", host);
  }
  for (const host of ["evil.example:3847", "desk.evil.example"]) {
    assertEquals(kindOf(OPEN, { host, authorization }), "denied", host);
  }
  const named = { ...OPEN, address: "ptrack.lan" };
  const host = "ptrack.lan:3847";
  assertEquals(kindOf(named, { host, authorization }), "allowed");
});

Deno.test("another site may link here, and use nothing else", () => {
  const host = "localhost:3847";
  const link = {
    host,
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  };
  assertEquals(kindOf(LOCAL, link, "/"), "allowed");
  const frame = { ...link, "sec-fetch-dest": "iframe" };
  assertEquals(kindOf(LOCAL, frame, "/"), "denied");
  const image = {
    ...link,
    "sec-fetch-mode": "no-cors",
    "sec-fetch-dest": "image",
  };
  assertEquals(kindOf(LOCAL, image), "denied");
  const origin = "http://localhost:3848";
  assertEquals(kindOf(LOCAL, { host, origin }), "denied");
  assertEquals(kindOf(LOCAL, { host, origin: `http://${host}` }), "allowed");
});

Deno.test("the token is in the address or a header, and a cookie is never asked for", () => {
  const host = "10.0.0.1:3847";
  const target = "/events?key=w%2Fs&token=a-long-token";
  assertEquals(kindOf(OPEN, { host }, target), "allowed");
  const authorization = "Bearer a-long-token";
  assertEquals(kindOf(OPEN, { host, authorization }), "allowed");
  const cookie = "ptrack_token_3847=a-long-token";
  assertEquals(kindOf(OPEN, { host, cookie }), "denied");
  for (const wrong of ["", "a-long-toke", "a-long-tokenx", "b-long-token"]) {
    assertEquals(kindOf(OPEN, { host }, `/?token=${wrong}`), "denied", wrong);
    const authorization = `Bearer ${wrong}`;
    assertEquals(kindOf(OPEN, { host, authorization }), "denied", wrong);
  }
});

Deno.test("an odd path is no error", () => {
  const host = "10.0.0.1:3847";
  for (const path of ["//", "//[", "http://[", "/%", "?", "*", "/\\\\x"]) {
    assertEquals(kindOf(OPEN, { host }, path), "denied", path);
    const target = `${path}?token=a-long-token`;
    const expected = path === "?" ? "denied" : "allowed";
    assertEquals(kindOf(OPEN, { host }, target), expected, target);
  }
});

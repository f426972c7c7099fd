/**
 * Who is let in: only those who ask for this server by a name of its own, not
 * through a page of somebody else (a foreign origin), nor through a name that
 * somebody has pointed here (DNS rebinding); and, beyond this machine, only who
 * has the token. Pure.
 */
import type { HttpRequest } from "../platform/http.ts";

/** What decides who is let in. */
export interface Gate {
  /** The address that is listened at. */
  address: string;
  /** This machine's name, null if it is not known. */
  machine: string | null;
  /** Null where only this machine can reach the server. */
  token: string | null;
}

/** What is done with a request. */
export type Admission =
  | { kind: "admitted" }
  | { kind: "refused"; status: 401 | 403; why: string }
  /** The token was in the address: it goes into a cookie instead. */
  | { kind: "signed in"; cookie: string; location: string };

const IP_V4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Whether an address is one that no other machine can reach. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" ||
    (IP_V4.test(address) && address.startsWith("127."));
}

/** Decides on a request. */
export function admit(gate: Gate, request: HttpRequest): Admission {
  const host = request.header("host") ?? "";
  const name = hostName(host);
  if (name === null || !isOurs(gate, name)) {
    return refuse(403, "This server is not known by that name");
  }
  const origin = request.header("origin");
  if (origin !== null && origin !== `http://${host}`) {
    return refuse(403, "Other sites may not ask");
  }
  if (!isSameSite(request)) return refuse(403, "Other sites may not ask");
  return gate.token === null
    ? { kind: "admitted" }
    : checkToken(gate.token, request, cookieName(host));
}

function refuse(status: 401 | 403, why: string): Admission {
  return { kind: "refused", status, why };
}

/** The name or address without the port; null if it is neither. */
function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i
    .exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/**
 * Ports are not compared: a tunnel may have another one. An address cannot be
 * pointed here by a stranger as a name can.
 */
function isOurs({ address, machine }: Gate, name: string): boolean {
  if (isLoopback(name) || name === address.toLowerCase()) return true;
  if (isLoopback(address)) return false;
  return IP_V4.test(name) || name.includes(":") ||
    name === machine?.toLowerCase();
}

/** A link from anywhere may be followed; nothing else is of use elsewhere. */
function isSameSite(request: HttpRequest): boolean {
  const site = request.header("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none" ||
    request.header("sec-fetch-mode") === "navigate" &&
      request.header("sec-fetch-dest") === "document";
}

/** Browsers keep cookies by host: servers at other ports need other names. */
function cookieName(host: string): string {
  return `ptrack_token_${/:(\d+)$/.exec(host)?.[1] ?? "80"}`;
}

function checkToken(
  token: string,
  request: HttpRequest,
  name: string,
): Admission {
  const url = new URL(request.target, "http://page/");
  const given = url.searchParams.get("token");
  if (given !== null && isEqual(given, token)) {
    url.searchParams.delete("token");
    const cookie = `${name}=${encodeURIComponent(token)}; Path=/; ` +
      "HttpOnly; SameSite=Lax";
    return { kind: "signed in", cookie, location: url.pathname + url.search };
  }
  const bearer = /^Bearer (.+)$/i.exec(request.header("authorization") ?? "");
  if (bearer !== null && isEqual(bearer[1]!, token)) {
    return { kind: "admitted" };
  }
  const cookie = cookieOf(request.header("cookie") ?? "", name);
  if (cookie !== null && isEqual(cookie, encodeURIComponent(token))) {
    return { kind: "admitted" };
  }
  return refuse(401, "Open the address that ptrack printed, with its token");
}

function cookieOf(header: string, name: string): string | null {
  const pair = header.split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  return pair === undefined ? null : pair.slice(name.length + 1);
}

/** Takes as long for any two texts of their lengths. */
function isEqual(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let at = 0; at < given.length; at++) {
    difference |= given.charCodeAt(at) ^
      expected.charCodeAt(at % expected.length);
  }
  return difference === 0;
}

/**
 * Which requests are allowed: those that ask for this server by a name of its
 * own, not through a page of another site (a foreign origin) nor through a name
 * that somebody has pointed here (DNS rebinding); and, where other machines can
 * reach the server, only those with the token. Pure.
 */
import type { HttpRequest } from "../platform/http.ts";

/** What decides on requests. */
export interface AuthOptions {
  /** The address that the server listens at. */
  address: string;
  /** This machine's name; null if it is not known. */
  machine: string | null;
  /** Null where only this machine can reach the server. */
  token: string | null;
}

/** The decision on a request. */
export type AuthResult =
  | { kind: "allowed" }
  | { kind: "denied"; status: 401 | 403; reason: string }
  /** The token was in the address: it moves into a cookie. */
  | { kind: "redirect"; cookie: string; location: string };

const IP_V4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Whether an address is one that no other machine can reach. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" ||
    (IP_V4.test(address) && address.startsWith("127."));
}

/** Decides on a request. */
export function authorize(
  options: AuthOptions,
  request: HttpRequest,
): AuthResult {
  const host = request.header("host") ?? "";
  const name = hostName(host);
  if (name === null || !isOwnName(name, options)) {
    return deny(403, "This server does not go by that name");
  }
  const origin = request.header("origin");
  const isForeign = origin !== null && origin !== `http://${host}`;
  if (isForeign || !isSameSite(request)) {
    return deny(403, "Other sites may not use this server");
  }
  return options.token === null
    ? { kind: "allowed" }
    : checkToken(options.token, request, cookieName(host));
}

function deny(status: 401 | 403, reason: string): AuthResult {
  return { kind: "denied", status, reason };
}

/** The name or address without the port; null if it is neither. */
function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i
    .exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/**
 * Ports are not compared: a tunnel may have another one. A stranger can point a
 * name here, but not an address.
 */
function isOwnName(name: string, { address, machine }: AuthOptions): boolean {
  if (isLoopback(name) || name === address.toLowerCase()) return true;
  if (isLoopback(address)) return false;
  return IP_V4.test(name) || name.includes(":") ||
    name === machine?.toLowerCase();
}

/** Another site may link to the page; it may not use anything else. */
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
): AuthResult {
  const encoded = encodeURIComponent(token);
  const url = new URL(request.target, "http://page/");
  if (isEqual(url.searchParams.get("token"), token)) {
    url.searchParams.delete("token");
    const cookie = `${name}=${encoded}; Path=/; HttpOnly; SameSite=Lax`;
    return { kind: "redirect", cookie, location: url.pathname + url.search };
  }
  const authorization = request.header("authorization") ?? "";
  const bearer = /^Bearer (.+)$/i.exec(authorization)?.[1];
  const cookie = request.header("cookie")?.split(/;\s*/)
    .find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return isEqual(bearer, token) || isEqual(cookie, encoded)
    ? { kind: "allowed" }
    : deny(401, "Open the address that ptrack printed, with its token");
}

/** Compares in a time that depends on the lengths only. */
function isEqual(given: string | null | undefined, expected: string): boolean {
  if (given === null || given === undefined) return false;
  let difference = given.length ^ expected.length;
  for (let at = 0; at < given.length; at++) {
    difference |= given.charCodeAt(at) ^
      expected.charCodeAt(at % expected.length);
  }
  return difference === 0;
}

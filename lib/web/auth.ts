/**
 * Which requests are allowed: those by a name of the server's own, not through
 * another site's page (a foreign origin) nor a name that somebody has pointed
 * here (DNS rebinding); and, if others can reach it, only with the token. Pure.
 */
import type { HttpRequest } from "../platform/http.ts";

export interface AuthOptions {
  /** The address that the server listens at. */
  address: string;
  /** This machine's name; null if it is not known. */
  machine: string | null;
  /** Null where only this machine can reach the server. */
  token: string | null;
}

export type AuthResult =
  | { kind: "allowed" }
  | { kind: "denied"; status: 401 | 403; reason: string };

const IP_V4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/** An address in brackets or a name, and the port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i;

/** Whether an address is one that no other machine can reach. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" ||
    (IP_V4.test(address) && address.startsWith("127."));
}

export function authorize(
  options: AuthOptions,
  request: HttpRequest,
): AuthResult {
  const host = request.header("host") ?? "";
  const [, ip, named] = HOST.exec(host) ?? [];
  const name = (ip ?? named)?.toLowerCase();
  if (name === undefined || !isOwnName(name, options)) {
    return deny(403, "This server does not go by that name");
  }
  const origin = request.header("origin");
  const isForeign = origin !== null && origin !== `http://${host}`;
  if (isForeign || !isSameSite(request)) {
    return deny(403, "Other sites may not use this server");
  }
  const { token } = options;
  return token === null || hasToken(request, token)
    ? { kind: "allowed" }
    : deny(401, "Open the address that ptrack printed, with its token");
}

function deny(status: 401 | 403, reason: string): AuthResult {
  return { kind: "denied", status, reason };
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

/**
 * In the address or a header, and never in a cookie: browsers send those to all
 * ports of a host, and so to servers of others.
 */
function hasToken(request: HttpRequest, token: string): boolean {
  const [, query = ""] = request.target.split("?", 2);
  const authorization = request.header("authorization") ?? "";
  const bearer = /^Bearer (.+)$/i.exec(authorization)?.[1];
  return isEqual(new URLSearchParams(query).get("token"), token) ||
    isEqual(bearer, token);
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

/** `ptrack monitor serve`: the page, live, until Ctrl-C. */
import { explain } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import { isLoopback } from "../../web/auth.ts";
import { serve } from "../../web/serve.ts";
import type { Invocation } from "../../cli/command.ts";
import type { ViewRun } from "./request.ts";
import { badValue, complain } from "../../cli/messages.ts";

const ADDRESS = "127.0.0.1";
const PORT = 3847;

/** Serves; 0 when a signal has ended it. Throws RefusedError, UsageError. */
export const runServe: ViewRun = async (request, invocation) => {
  const { platform, store, monitoring, workspace } = request;
  const { selection, pollIntervalMs } = request;
  await serve(platform, {
    monitoring,
    store,
    workspace,
    following: { selection, pollIntervalMs },
    ...readAddress(platform, invocation),
    port: readPort(invocation.text("port")),
    ready(url) {
      platform.stdout.write(`${url}\n`);
      if (invocation.flag("open")) open(platform, url);
    },
  });
  return 0;
};

/** What cannot be opened can still be typed. */
function open(platform: Platform, url: string): void {
  import("../../web/open_browser.ts")
    .then(({ openBrowser }) => openBrowser(platform, url))
    .catch((error) =>
      platform.stderr.write(`Cannot open a browser: ${explain(error)}\n`)
    );
}

function readPort(text: string | null): number {
  if (text === null) return PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw badValue(text, "--port", "a port is a number from 0 to 65535");
}

function readAddress(
  platform: Platform,
  invocation: Invocation,
): { address: string; token: string | null } {
  // In addresses of pages IPv6 stands in brackets.
  const address = (invocation.text("host") ?? ADDRESS)
    .replace(/^\[(.*)\]$/, "$1");
  const token = readToken(platform, invocation.text("token"));
  if (address === "") {
    throw badValue(address, "--host", "it is an address of this machine");
  }
  if (token === null && !isLoopback(address)) {
    throw complain(
      "monitor",
      "with --host others can look, so it needs a token; add --token auto",
    );
  }
  return { address, token };
}

const SHORTEST_TOKEN = 8;

function readToken(platform: Platform, text: string | null): string | null {
  if (text === null) return null;
  // Eight hexadecimal digits a word.
  if (text === "auto") {
    return [1, 2, 3, 4].map(() => platform.randomId()).join("");
  }
  if (text.length >= SHORTEST_TOKEN && /^[\x21-\x7e]+$/.test(text)) return text;
  throw badValue(
    text,
    "--token",
    `it is auto, or ${SHORTEST_TOKEN} or more characters without spaces`,
  );
}

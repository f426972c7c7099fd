/** `ptrack monitor serve`: the page, live, until Ctrl-C. */
import type { Command, Invocation } from "../../cli/command.ts";
import { explain, usageError, valueError, warn } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import { isLoopback } from "../../web/auth.ts";
import {
  ERROR_CODES,
  openMonitor,
  POLL_INTERVAL,
  readRequest,
  SELECTION,
} from "./request.ts";

export const command: Command = {
  name: "monitor serve",
  summary: "Show the sessions in a browser, live",
  options: [
    {
      name: "port",
      value: "N",
      help: "The port of the page (3847); 0 takes one that is free",
    },
    { name: "open", help: "Open the page in a browser" },
    {
      name: "host",
      value: "ADDRESS",
      help: "Serve other machines too, at this address; needs --token",
    },
    {
      name: "token",
      value: "TEXT|auto",
      help: "Viewers must know this; auto makes one up",
    },
    ...SELECTION,
    POLL_INTERVAL,
  ],
  details: [
    "It prints the address of the page, and serves it to this machine until " +
    "Ctrl-C. Without -w, the page shows every workspace.",
  ],
  examples: [
    ["ptrack serve -w adrs --open", "the page, in the browser"],
  ],
  exitCodes: [
    [0, "stopped by a signal"],
    [1, "the page cannot be served"],
    ...ERROR_CODES,
  ],
  async run(platform, invocation) {
    const { openBrowser, serve } = await import("../../web/serve.ts");
    const request = readRequest(platform, invocation);
    const { store, workspace, selection, pollIntervalMs } = request;
    await serve(platform, {
      monitor: await openMonitor(request, workspace),
      store,
      workspace,
      changes: { selection, pollIntervalMs },
      ...readAddress(platform, invocation),
      port: readPort(invocation.text("port") ?? "3847"),
      ready(url) {
        platform.stdout.write(`${url}\n`);
        if (!invocation.flag("open")) return;
        // An address that cannot be opened can still be typed.
        openBrowser(platform, url).catch((error) =>
          warn(platform, `Cannot open a browser: ${explain(error)}`)
        );
      },
    });
    return 0;
  },
};

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw valueError(text, "--port", "a port is a number from 0 to 65535");
}

function readAddress(
  platform: Platform,
  invocation: Invocation,
): { address: string; token: string | null } {
  // An IPv6 address may stand in brackets, as in a URL.
  const address = (invocation.text("host") ?? "127.0.0.1")
    .replace(/^\[(.*)\]$/, "$1");
  const token = readToken(platform, invocation.text("token"));
  if (address === "") {
    throw valueError(address, "--host", "it is an address of this machine");
  }
  if (token !== null || isLoopback(address)) return { address, token };
  const problem =
    "with --host others can look, so it needs a token; add --token auto";
  throw usageError("monitor serve", problem);
}

function readToken(platform: Platform, text: string | null): string | null {
  if (text === null) return null;
  // Each id has eight hexadecimal digits.
  if (text === "auto") {
    return [1, 2, 3, 4].map(() => platform.randomId()).join("");
  }
  if (/^[\x21-\x7e]{8,}$/.test(text)) return text;
  const expected = "it is auto, or 8 or more characters without spaces";
  throw valueError(text, "--token", expected);
}

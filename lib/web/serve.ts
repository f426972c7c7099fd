/**
 * Serves the page: sends viewers what is new in each snapshot, until a signal
 * ends it. Between changes it does next to nothing.
 */
import { errorCode, explain, RefusedError, UsageError } from "../errors.ts";
import type { ChangesOptions, SessionMonitor } from "../monitor.ts";
import type { HttpRequest } from "../platform/http.ts";
import type { Platform } from "../platform/platform.ts";
import { processInspector } from "../process/owners.ts";
import { openProcesses } from "../process/processes.ts";
import type { SessionStore } from "../store/store.ts";
import { Interruption } from "../watch/interruption.ts";
import { loadParts } from "./document.ts";
import { LiveState } from "./live_state.ts";
import { Site } from "./site.ts";

/** What is served, and to whom. */
export interface ServeOptions {
  monitor: SessionMonitor;
  store: SessionStore;
  /** Null for all. */
  workspace: string | null;
  changes: ChangesOptions;
  address: string;
  /** 0 lets the system choose. */
  port: number;
  /** Null: only this machine is served. */
  token: string | null;
  /** Called with the address of the page, once it is there. */
  ready(url: string): void;
}

/** The shortest time between two deltas: a flood of changes is sent in bunches. */
const SHORTEST_PAUSE_MS = 40;

/**
 * Serves until SIGINT, SIGTERM or SIGHUP. Throws RefusedError if the port is in
 * use, UsageError if the address is none of this machine's.
 */
export async function serve(
  platform: Platform,
  options: ServeOptions,
): Promise<void> {
  const { monitor, store, workspace, changes, address, token, port } = options;
  const { clock } = platform;
  const machine = processInspector(platform).machine().host;
  const state = new LiveState(store, workspace);
  const site = new Site({ address, machine, token }, state, await loadParts());
  const interruption = new Interruption(platform, openProcesses(platform));
  const { signal } = interruption;
  try {
    const handler = (request: HttpRequest) => site.answer(request);
    const server = await platform.serveHttp({ address, port, handler })
      .catch((error) => {
        throw listenError(error, options);
      });
    try {
      options.ready(pageUrl(options, server.port));
      for await (const snapshots of monitor.changes({ ...changes, signal })) {
        await site.show(snapshots, Math.round(clock.nowUs() / 1000));
        await clock.sleep(SHORTEST_PAUSE_MS, signal);
      }
    } finally {
      await server.close();
    }
  } finally {
    interruption.close();
  }
}

/** The systems' codes for an address that this machine does not have. */
const NO_ADDRESS = ["EADDRNOTAVAIL", "EAI_AGAIN", "EINVAL", "ENOTFOUND"];

function listenError(cause: unknown, { address, port }: ServeOptions): unknown {
  const code = errorCode(cause);
  if (code === "") return cause;
  if (code === "EADDRINUSE" || code === "EACCES") {
    const why = code === "EACCES"
      ? "the system does not allow it; use one from 1024 with --port"
      : "it is in use; use another with --port, or --port 0 for one that is " +
        "free";
    return new RefusedError(`Cannot serve at port ${port}: ${why}`, { cause });
  }
  const why = NO_ADDRESS.includes(code)
    ? "it is no address of this machine"
    : explain(cause);
  return new UsageError(
    `Cannot serve at ${JSON.stringify(address)}: ${why}; name another with ` +
      "--host",
    { cause },
  );
}

/** The address of the page, with the token. */
function pageUrl({ address, token }: ServeOptions, port: number): string {
  const isAny = address === "0.0.0.0" || address === "::";
  const name = isAny ? "localhost" : address;
  const host = name.includes(":") ? `[${name}]` : name;
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`;
  return `http://${host}:${port}/${query}`;
}

const OPENERS: Record<Platform["system"], readonly string[]> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens the system's browser; rejects if there is nothing to open it with. */
export async function openBrowser(
  platform: Platform,
  url: string,
): Promise<void> {
  const browser = await openProcesses(platform).spawn({
    command: [...OPENERS[platform.system], url],
    env: {},
    group: "own",
    input: "held",
    output: "none",
  });
  browser.release();
}

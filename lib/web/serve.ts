/**
 * Serves the page: sends viewers what is new in each snapshot, until a signal
 * ends it. Between changes it does next to nothing.
 */
import { errorCode, explain, RefusedError, UsageError } from "../errors.ts";
import type { ChangesOptions, SessionMonitor } from "../monitor.ts";
import type { HttpServer } from "../platform/http.ts";
import type { Platform } from "../platform/platform.ts";
import { processInspector } from "../process/owners.ts";
import { openProcesses } from "../process/processes.ts";
import type { SessionStore } from "../store/store.ts";
import { Interruption } from "../watch/interruption.ts";
import { loadParts } from "./document.ts";
import { LiveState } from "./live_state.ts";
import { Site } from "./site.ts";

/** What a server needs of the machine. */
export type ServingPlatform = Pick<
  Platform,
  "clock" | "onSignal" | "serveHttp" | "system" | "systemCalls"
>;

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
/** A proxy, or a network, may forget a connection that is silent for longer. */
const SIGN_OF_LIFE_MS = 15_000;

/**
 * Serves until SIGINT, SIGTERM or SIGHUP. Throws RefusedError if the port is in
 * use, UsageError if the address is none of this machine's.
 */
export async function serve(
  platform: ServingPlatform,
  options: ServeOptions,
): Promise<void> {
  const { address, token, store, workspace } = options;
  const state = new LiveState(store, workspace);
  const machine = processInspector(platform).machine().host;
  const parts = await loadParts();
  const site = new Site({ address, machine, token }, state, parts);
  const interruption = new Interruption(platform, null);
  const { signal } = interruption;
  try {
    const server = await listen(platform, options, site);
    try {
      options.ready(pageUrl(options, server.port));
      await tellChanges(platform, options, { state, site, signal });
    } finally {
      await server.close();
    }
  } finally {
    interruption.close();
  }
}

async function tellChanges(
  { clock }: ServingPlatform,
  { monitor, changes }: ServeOptions,
  { state, site, signal }: {
    state: LiveState;
    site: Site;
    signal: AbortSignal;
  },
): Promise<void> {
  let toldMs = -Infinity;
  for await (const snapshots of monitor.changes({ ...changes, signal })) {
    const takenMs = Math.round(clock.nowUs() / 1000);
    const delta = await state.take(snapshots, takenMs);
    if (delta !== null || Math.abs(takenMs - toldMs) >= SIGN_OF_LIFE_MS) {
      site.tell(delta);
      toldMs = takenMs;
    }
    await clock.sleep(SHORTEST_PAUSE_MS, signal);
  }
}

async function listen(
  platform: ServingPlatform,
  { address, port }: ServeOptions,
  site: Site,
): Promise<HttpServer> {
  try {
    return await platform.serveHttp({
      address,
      port,
      handler: (request) => site.answer(request),
    });
  } catch (error) {
    throw listenError(error, address, port);
  }
}

/** The systems' codes for an address that this machine does not have. */
const NO_ADDRESS = ["EADDRNOTAVAIL", "EAI_AGAIN", "EINVAL", "ENOTFOUND"];

function listenError(cause: unknown, address: string, port: number): unknown {
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
  platform: Pick<Platform, "system" | "systemCalls">,
  url: string,
): Promise<void> {
  const processes = openProcesses(platform);
  const browser = await processes.spawn({
    command: [...OPENERS[platform.system], url],
    env: {},
    group: "own",
    input: "held",
    output: "none",
  });
  browser.release();
}

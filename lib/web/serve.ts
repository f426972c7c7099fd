/**
 * Serving the page: looks at the sessions, tells the viewers what is new, until
 * a signal ends it. Between changes next to nothing is done.
 */
import { errorCode, explain, RefusedError, UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { HttpServer } from "../platform/http.ts";
import type { ChangesOptions, SessionMonitor } from "../monitor.ts";
import type { SessionStore } from "../store/store.ts";
import { loadParts } from "./document.ts";
import { LiveState } from "./live_state.ts";
import { Site } from "./site.ts";

/** What a server needs of the machine. */
export type ServingPlatform = Pick<
  Platform,
  "clock" | "machine" | "onSignal" | "serveHttp" | "system"
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

/** Looks follow one another no faster: a flood of changes is sent in bunches. */
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
  const machine = platform.machine().host;
  const gate = { address, machine, token };
  const site = new Site(gate, state, await loadParts());
  const end = new AbortController();
  const signals = platform.system === "windows"
    ? ["SIGINT"] as const
    : ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const forget = signals.map((name) =>
    platform.onSignal(name, () => end.abort())
  );
  try {
    const server = await listen(platform, options, site);
    try {
      options.ready(pageUrl(options, server.port));
      await Promise.all([
        follow(platform, options, { state, site, signal: end.signal }),
        giveSigns(platform, site, end.signal),
      ]).finally(() => end.abort());
    } finally {
      await server.close();
    }
  } finally {
    for (const off of forget) off();
  }
}

interface Serving {
  state: LiveState;
  site: Site;
  signal: AbortSignal;
}

async function follow(
  platform: ServingPlatform,
  { monitor, changes }: ServeOptions,
  { state, site, signal }: Serving,
): Promise<void> {
  for await (const snapshots of monitor.changes({ ...changes, signal })) {
    const takenMs = Math.round(platform.clock.nowUs() / 1000);
    const delta = await state.take(snapshots, takenMs);
    if (delta !== null) site.tell(delta);
    await platform.clock.sleep(SHORTEST_PAUSE_MS, signal);
  }
}

async function giveSigns(
  platform: ServingPlatform,
  site: Site,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await platform.clock.sleep(SIGN_OF_LIFE_MS, signal);
    site.tell(null);
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
    throw whyNot(error, address, port);
  }
}

const NO_ADDRESS = new Set([
  "EADDRNOTAVAIL",
  "EAI_AGAIN",
  "EINVAL",
  "ENOTFOUND",
]);

function whyNot(error: unknown, address: string, port: number): Error {
  const where = `Cannot serve at port ${port}`;
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return new RefusedError(
        `${where}: it is in use; use another with --port, or --port 0 for ` +
          "one that is free",
        { cause: error },
      );
    case "EACCES":
      return new RefusedError(
        `${where}: the system does not allow it; use one from 1024 with --port`,
        { cause: error },
      );
    case "":
      return error as Error;
  }
  // The systems' codes for it differ: EADDRNOTAVAIL, EINVAL, ENOTFOUND.
  const why = NO_ADDRESS.has(errorCode(error))
    ? "it is no address of this machine"
    : explain(error);
  return new UsageError(
    `Cannot serve at ${JSON.stringify(address)}: ${why}; name another with ` +
      "--host",
    { cause: error },
  );
}

/** Where the page is found; the token goes with it. */
function pageUrl({ address, token }: ServeOptions, port: number): string {
  const isAny = address === "0.0.0.0" || address === "::";
  const name = isAny ? "localhost" : address;
  const shown = name.includes(":") ? `[${name}]` : name;
  const query = token === null ? "" : `?token=${encodeURIComponent(token)}`;
  return `http://${shown}:${port}/${query}`;
}

/**
 * The server's answers: the page, all sessions, their changes as they come, and
 * the details of one session. Names out of a request never reach the store: a
 * session is found among those that are shown, or not at all.
 */
import type {
  EventChannel,
  HttpAnswer,
  HttpHeaders,
  HttpRequest,
} from "../platform/http.ts";
import { jsonLine } from "../report/json.ts";
import { type AuthOptions, authorize } from "./auth.ts";
import { documentText, type PageParts } from "./document.ts";
import type { LiveState } from "./live_state.ts";
import type { PageDelta } from "./wire.ts";

const HEADERS: HttpHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Answers requests, and tells the viewers what changes. */
export class Site {
  readonly #auth: AuthOptions;
  readonly #state: LiveState;
  readonly #viewers = new Set<EventChannel>();
  readonly #page: HttpAnswer;

  constructor(auth: AuthOptions, state: LiveState, parts: PageParts) {
    this.#auth = auth;
    this.#state = state;
    const policy = `${parts.policy("'self'")}; frame-ancestors 'none'`;
    this.#page = answer({
      status: 200,
      type: "text/html",
      body: documentText(parts, { kind: "live" }),
      headers: { "content-security-policy": policy },
    });
  }

  /** Sends a change to all viewers, or, for null, that the server is alive. */
  tell(delta: PageDelta | null): void {
    if (this.#viewers.size === 0) return;
    const text = delta === null
      ? "event: alive\ndata: {}\n\n"
      : `event: delta\ndata: ${jsonLine(delta)}\n\n`;
    for (const viewer of this.#viewers) viewer.send(text);
  }

  /** Answers a request. */
  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const auth = authorize(this.#auth, request);
    if (auth.kind === "denied") return plain(auth.status, `${auth.reason}\n`);
    if (auth.kind === "redirect") {
      const { cookie, location } = auth;
      return plain(303, "", { "set-cookie": cookie, location });
    }
    const [path, query = ""] = request.target.split("?", 2);
    switch (path) {
      case "/":
        return this.#page;
      case "/state":
        return json(this.#state.stateJson());
      case "/session":
        return await this.#session(new URLSearchParams(query).get("key") ?? "");
      case "/events":
        return this.#events();
      default:
        return plain(404, "There is nothing here\n");
    }
  }

  async #session(key: string): Promise<HttpAnswer> {
    const detail = await this.#state.detail(key);
    return detail === null
      ? plain(404, "There is no such session\n")
      : json(jsonLine(detail));
  }

  #events(): HttpAnswer {
    return {
      kind: "events",
      headers: {
        ...HEADERS,
        "content-type": "text/event-stream; charset=utf-8",
        // A proxy must not hold events back.
        "x-accel-buffering": "no",
      },
      opened: (channel) => {
        this.#viewers.add(channel);
        const hello = jsonLine({ version: this.#state.version });
        channel.send(`retry: 1000\nevent: hello\ndata: ${hello}\n\n`);
        return () => void this.#viewers.delete(channel);
      },
    };
  }
}

function plain(status: number, body: string, headers?: HttpHeaders) {
  return answer({ status, type: "text/plain", body, headers });
}

function json(body: string | Uint8Array): HttpAnswer {
  return answer({ status: 200, type: "application/json", body });
}

function answer(
  { status, type, body, headers = {} }: {
    status: number;
    type: string;
    body: string | Uint8Array;
    headers?: HttpHeaders | undefined;
  },
): HttpAnswer {
  const contentType = { "content-type": `${type}; charset=utf-8` };
  const all = { ...HEADERS, ...contentType, ...headers };
  return { kind: "body", status, headers: all, body };
}

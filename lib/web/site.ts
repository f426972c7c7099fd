/**
 * What the server answers: the page, all sessions, their changes as they come,
 * and one session's details. Names out of a request never reach the store: a
 * session is found among those that are shown, or it is not found.
 */
import type {
  EventChannel,
  HttpAnswer,
  HttpHeaders,
  HttpRequest,
} from "../platform/http.ts";
import { jsonLine } from "../report/json.ts";
import { documentText, type PageParts } from "./document.ts";
import { admit, type Gate } from "./auth.ts";
import type { LiveState } from "./live_state.ts";
import type { PageDelta } from "./wire.ts";

const EVERYWHERE: HttpHeaders = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const NO_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** The answers, and the viewers of what changes. */
export class Site {
  readonly #gate: Gate;
  readonly #state: LiveState;
  readonly #viewers = new Set<EventChannel>();
  readonly #page: string;
  readonly #policy: string;

  constructor(gate: Gate, state: LiveState, parts: PageParts) {
    this.#gate = gate;
    this.#state = state;
    this.#page = documentText(parts, { kind: "live" });
    this.#policy = `${parts.policy("'self'")}; frame-ancestors 'none'`;
  }

  /** Tells all viewers; null tells them that all is well. */
  tell(delta: PageDelta | null): void {
    if (this.#viewers.size === 0) return;
    const text = delta === null
      ? "event: alive\ndata: {}\n\n"
      : `event: delta\ndata: ${jsonLine(delta)}\n\n`;
    for (const viewer of this.#viewers) viewer.send(text);
  }

  /** Answers a request. */
  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const admission = admit(this.#gate, request);
    if (admission.kind === "refused") {
      return plain(admission.status, admission.why);
    }
    if (admission.kind === "signed in") {
      const { cookie, location } = admission;
      return plain(303, "", { "set-cookie": cookie, location });
    }
    const [path, query = ""] = request.target.split("?", 2);
    switch (path) {
      case "/":
        return body("text/html", this.#page, {
          "content-security-policy": this.#policy,
        });
      case "/state":
        return json(this.#state.stateJson());
      case "/session":
        return await this.#session(new URLSearchParams(query).get("key") ?? "");
      case "/events":
        return this.#events();
    }
    return plain(404, "There is nothing here");
  }

  async #session(key: string): Promise<HttpAnswer> {
    const detail = await this.#state.detail(key);
    return detail === null
      ? plain(404, "There is no such session")
      : json(new TextEncoder().encode(jsonLine(detail)));
  }

  #events(): HttpAnswer {
    return {
      kind: "events",
      headers: {
        ...EVERYWHERE,
        "content-type": "text/event-stream; charset=utf-8",
        "content-security-policy": NO_POLICY,
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

function json(bytes: Uint8Array): HttpAnswer {
  return body("application/json", bytes);
}

function body(
  type: string,
  content: string | Uint8Array,
  headers: HttpHeaders = {},
): HttpAnswer {
  return {
    kind: "body",
    status: 200,
    headers: {
      ...EVERYWHERE,
      "content-security-policy": NO_POLICY,
      "content-type": `${type}; charset=utf-8`,
      ...headers,
    },
    body: content,
  };
}

function plain(
  status: number,
  text: string,
  headers: HttpHeaders = {},
): HttpAnswer {
  const { kind, headers: usual } = body("text/plain", "", headers) as
    & HttpAnswer
    & { kind: "body" };
  const content = text === "" ? "" : `${text}\n`;
  return { kind, status, headers: usual, body: content };
}

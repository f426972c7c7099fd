/**
 * A small HTTP server as the rest of ptrack sees it: a request without a body
 * comes in, an answer or a stream of events goes out. What hangs, floods or
 * sends a body is dealt with below this interface. A part of the host that is
 * loaded when it is asked for; tracking verbs never do.
 */

/** A request: only GET and HEAD, and never with a body. */
export interface HttpRequest {
  /** The path and query as they were sent. */
  readonly target: string;
  /** A header by its name in lower case; null if it was not sent. */
  header(name: string): string | null;
}

/** Sends events to one viewer. */
export interface EventChannel {
  /** Sends a text; a viewer that does not keep up is dropped. */
  send(text: string): void;
  /** Ends the stream. */
  close(): void;
}

/** Headers by name. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** What a request is answered with. */
export type HttpAnswer =
  | {
    kind: "body";
    status: number;
    headers: HttpHeaders;
    body: string | Uint8Array;
  }
  | {
    kind: "events";
    headers: HttpHeaders;
    /** Called when the stream is open; what it returns, when it has ended. */
    opened(channel: EventChannel): () => void;
  };

/** Answers one request; what it throws is a defect and answered with 500. */
export type HttpHandler = (
  request: HttpRequest,
) => HttpAnswer | Promise<HttpAnswer>;

/** What to serve, and where. */
export interface HttpOrder {
  /** The address to listen at, such as 127.0.0.1. */
  address: string;
  /** 0 lets the system choose. */
  port: number;
  handler: HttpHandler;
}

/** A server that answers. */
export interface HttpServer {
  /** The port that it listens at. */
  readonly port: number;
  /** Ends streams and connections; resolves when all are closed. */
  close(): Promise<void>;
}

/**
 * A small HTTP server on `node:http`, which alone limits how long a request may
 * take to arrive. A request without a body comes in, an answer or a stream of
 * events goes out. A client that is slow, sends without end or does not read is
 * disconnected, so that none can hold the server, or its memory, for long.
 */
import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

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

/** What to serve, and where. */
export interface HttpOptions {
  /** The address to listen at, such as 127.0.0.1. */
  address: string;
  /** 0 lets the system choose. */
  port: number;
  /** What it throws is a defect and answered with 500. */
  handler(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
}

/** A server that answers. */
export interface HttpServer {
  /** The port that it listens at. */
  readonly port: number;
  /** Ends streams and connections; resolves when all are closed. */
  close(): Promise<void>;
}

const LIMITS: ServerOptions = {
  /** Milliseconds for the head of a request to arrive. */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
};
/** Viewers of one page hold two connections each; the rest is refused. */
const MOST_CONNECTIONS = 1_000;
/** Milliseconds for an answer to be taken. */
const ANSWER_TIMEOUT_MS = 30_000;
/** For a connection that has sent nothing at all, or half a request. */
const SILENCE_MS = 15_000;
/** A viewer may be so far behind before it is dropped. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** Functions that end the event streams that are open. */
type Streams = Set<() => void>;

/** Listens and answers. Rejects with a `code` such as EADDRINUSE. */
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { createServer } = await import("node:http");
  const { once } = (await import("node:events")).default;
  const streams: Streams = new Set();
  const sockets = new Set<Socket>();
  const server = createServer(
    LIMITS,
    (request, response) =>
      void answer(request, response, { ...options, streams }),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on(
    "clientError",
    (error, socket) => refuseRequest(error, socket as Socket),
  );
  // Upgrades and tunnels are not offered here.
  server.on("upgrade", (_request, socket) => socket.destroy());
  server.on("connect", (_request, socket) => socket.destroy());
  server.listen(options.port, await addressOf(options.address));
  await once(server, "listening");
  // Such as too many open files: the connections that there are go on.
  server.on("error", () => {});
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) =>
        server.close(() => resolve())
      );
      for (const end of [...streams]) end();
      server.closeIdleConnections();
      // Streams have the time to end well; what is left then is cut.
      // By hand: Bun passes over those that have sent nothing yet.
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 500);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Resolves a name first: for an unknown one Bun reports a port in use. */
async function addressOf(name: string): Promise<string> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(name)).address;
}

/** A request that could not be understood, or took too long. */
function refuseRequest(error: Error, socket: Socket): void {
  const { code } = error as { code?: string };
  const status = code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : code === "ERR_HTTP_REQUEST_TIMEOUT"
    ? "408 Request Timeout"
    : "400 Bad Request";
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
  socket.destroySoon();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { handler, streams }: HttpOptions & { streams: Streams },
): Promise<void> {
  response.on("error", () => response.destroy());
  const { method, url = "/" } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead || hasBody(request)) {
    return refuseBody(request, response, isRead ? 413 : 405);
  }
  if (SINGLE_HEADERS.some((name) => isDoubled(request, name))) {
    return refuseBody(request, response, 400);
  }
  let answer: HttpAnswer;
  try {
    const header = (name: string) => request.headersDistinct[name]?.[0] ?? null;
    answer = await handler({ target: url, header });
  } catch {
    answer = { kind: "body", status: 500, headers: {}, body: "" };
  }
  if (response.destroyed) return;
  if (answer.kind === "body") sendBody(response, answer, method);
  else if (method === "GET") openStream(response, answer, streams);
  else sendBody(response, { ...answer, status: 200, body: "" }, method);
}

/** Of two of these, proxies differ in which one they read. */
const SINGLE_HEADERS = [
  "host",
  "origin",
  "authorization",
  "sec-fetch-site",
  "sec-fetch-mode",
  "sec-fetch-dest",
];

function isDoubled(request: IncomingMessage, name: string): boolean {
  return (request.headersDistinct[name]?.length ?? 0) > 1;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] ?? "0") !== "0";
}

/** A client that sends more than a good head is not read any further. */
function refuseBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
): void {
  response.writeHead(status, {
    allow: "GET, HEAD",
    connection: "close",
    "content-length": "0",
  });
  response.end(() => request.socket.destroySoon());
  setTimeout(() => request.socket.destroy(), 200).unref?.();
}

function sendBody(
  response: ServerResponse,
  { status, headers, body }: Omit<HttpAnswer & { kind: "body" }, "kind">,
  method: "GET" | "HEAD",
): void {
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const late = setTimeout(() => response.destroy(), ANSWER_TIMEOUT_MS);
  response.on("close", () => clearTimeout(late));
  response.writeHead(status, {
    ...headers,
    "content-length": String(bytes.length),
  });
  response.end(method === "HEAD" ? undefined : bytes);
}

function openStream(
  response: ServerResponse,
  { headers, opened }: HttpAnswer & { kind: "events" },
  streams: Streams,
): void {
  // A stream may be silent for as long as it likes.
  response.socket?.setTimeout(0);
  response.writeHead(200, headers);
  const close = () => void response.end();
  streams.add(close);
  const closed = opened({
    send(text) {
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
      else if (!response.writableEnded) response.write(text);
    },
    close,
  });
  response.once("close", () => {
    streams.delete(close);
    closed();
  });
}

/**
 * `ptrack monitor serve` as a process, and talking to it byte by byte, as no
 * well-behaved client would.
 */
import {
  eventually,
  type Place,
  type Running,
  type StartOptions,
} from "./program.ts";

/** A server that runs, and where. */
export interface PageServer {
  running: Running;
  /** With the token, if there is one. */
  url: string;
  port: number;
}

/** Starts a server at a free port, and waits until it has said where. */
export function startServer(
  place: Place,
  ...args: string[]
): Promise<PageServer> {
  return startServerWith({}, place, ...args);
}

/** The same with another environment. */
export async function startServerWith(
  options: StartOptions,
  place: Place,
  ...args: string[]
): Promise<PageServer> {
  const serve = ["monitor", "serve", "--port", "0", ...args];
  const running = place.spawn(options, ...serve);
  await eventually(() => running.stdout.includes("\n"), 20_000);
  const url = running.stdout.trim();
  return { running, url, port: Number(new URL(url).port) };
}

/** An answer, as it came. */
export interface RawAnswer {
  /** 0 if the connection was closed without one. */
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
  body: string;
}

const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

/** Sends these bytes, and reads until the server closes the connection. */
export async function sendRaw(port: number, text: string): Promise<RawAnswer> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await connection.write(ENCODER.encode(text));
    return parseAnswer(await readToEnd(connection));
  } finally {
    connection.close();
  }
}

/** All that comes until the end; a reset is an end too. */
export async function readToEnd(connection: Deno.Conn): Promise<string> {
  const room = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const count = await connection.read(room).catch(() => null);
    if (count === null) return text;
    text += DECODER.decode(room.subarray(0, count), { stream: true });
  }
}

function parseAnswer(text: string): RawAnswer {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Map(lines.map((line) => {
    const end = line.indexOf(":");
    return [line.slice(0, end).toLowerCase(), line.slice(end + 1).trim()];
  }));
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(first)?.[1] ?? 0);
  return { status, headers, body: rest.join("\r\n\r\n") };
}

/** A plain request for a path, with more headers if need be. */
export function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: "close",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return sendRaw(port, `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Somebody who looks: what came so far, and whether it has ended. */
export class Viewer {
  text = "";
  hasEnded = false;
  readonly #connection: Deno.Conn;
  readonly #reading: Promise<void>;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reading = this.#read();
  }

  /** Opens the stream of events, and waits for its first word. */
  static async open(port: number): Promise<Viewer> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(ENCODER.encode(
      `GET /events HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
    ));
    const viewer = new Viewer(connection);
    await eventually(() => viewer.text.includes("event: hello"), 20_000);
    return viewer;
  }

  /** Whether a change has been told in which this text stands. */
  heard(text: string): boolean {
    return this.text.includes("event: delta") && this.text.includes(text);
  }

  async #read(): Promise<void> {
    const room = new Uint8Array(65_536);
    for (;;) {
      const count = await this.#connection.read(room).catch(() => null);
      if (count === null) break;
      this.text += DECODER.decode(room.subarray(0, count), { stream: true });
    }
    this.hasEnded = true;
  }

  /** Goes away. */
  async close(): Promise<void> {
    try {
      this.#connection.close();
    } catch {
      // The server was first.
    }
    await this.#reading;
  }
}

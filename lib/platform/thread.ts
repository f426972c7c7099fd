/**
 * A second thread, which runs a module of this program: in the executable,
 * where a core is left for it. The module has to be an entry of the bundle.
 */
import type { Thread } from "./platform.ts";
import { ENGINE } from "./runtime.ts";

/** What is sent when all is done. */
const END = null;

/** Starts a module in a thread; null where none can be had. */
export function startThread(module: string, task: unknown): Thread | null {
  // Of the cores, those count that this process may use.
  if (ENGINE !== "bun" || navigator.hardwareConcurrency < 2) return null;
  try {
    return new WorkerThread(new URL(`./${module}.js`, import.meta.url), task);
  } catch {
    return null;
  }
}

/** Keeps the messages until they are asked for. */
class WorkerThread implements Thread {
  readonly #worker: Worker;
  readonly #messages: unknown[] = [];
  #wake: () => void = () => {};

  constructor(url: URL, task: unknown) {
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#take(END);
    };
    // Bun's word for a thread that has ended, for whatever reason.
    this.#worker.addEventListener("close", () => this.#take(END));
    this.#worker.postMessage(task);
  }

  async receive(): Promise<unknown> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const [message] = this.#messages;
    // After the end there is nothing but the end.
    if (message !== END) this.#messages.shift();
    return message;
  }

  end(): void {
    this.#worker.terminate();
  }

  #take(message: unknown): void {
    this.#messages.push(message);
    this.#wake();
  }
}

/** The scope of a worker, of which no library has the types. */
interface WorkerScope {
  onmessage: (event: { data: unknown }) => void;
  postMessage(message: unknown): void;
}

/** In the thread: does what it was started for; `send` tells the other one. */
export function serveThread(
  work: (task: unknown, send: (message: unknown) => void) => Promise<void>,
): void {
  const scope = globalThis as unknown as WorkerScope;
  const send = (message: unknown) => scope.postMessage(message);
  scope.onmessage = async ({ data }) => {
    // Whatever goes wrong here, the other thread does itself, and tells of.
    await work(data, send).catch(() => {});
    send(END);
  };
}

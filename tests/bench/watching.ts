/** A program that goes on while it is looked at: what it prints, and when. */
import { ENVIRONMENT } from "./measure.ts";

/** Nothing that is waited for takes longer, unless it never comes. */
export const PATIENCE_MS = 20_000;

/** Where a program runs. */
export interface Place {
  directory: string;
  /** What its output goes to. */
  output: "pipe" | "terminal";
}

/** What was printed, and when. */
interface Seen {
  text: string;
  atMs: number;
}

/** A process that runs until it is stopped. */
export class Watching {
  readonly #place: Place;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #text = "";
  #wanted: { pattern: RegExp; found: (seen: Seen) => void } | null = null;

  constructor(words: string[], place: Place) {
    const [program, ...args] = place.output === "terminal"
      ? wordsInTerminal(words)
      : words;
    this.#place = place;
    this.#child = new Deno.Command(program, {
      args,
      cwd: place.directory,
      clearEnv: true,
      env: ENVIRONMENT,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read();
  }

  /** Resolves when it prints a text that it has not been asked for before. */
  sees(pattern: RegExp): Promise<Seen> {
    return new Promise((found, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Cannot see ${pattern} in: ${this.#text}`)),
        PATIENCE_MS,
      );
      this.#wanted = {
        pattern,
        found: (seen) => {
          clearTimeout(timer);
          found(seen);
        },
      };
      this.#look();
    });
  }

  async stop(): Promise<void> {
    Deno.kill(this.pid, "SIGTERM");
    await this.#child.stdin.close();
    await this.#child.status;
    await this.#reading;
  }

  /** Its own; in a terminal it is a child of the one that made the terminal. */
  get pid(): number {
    const { pid } = this.#child;
    return this.#place.output === "pipe" ? pid : Number(
      Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`),
    );
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#text += decoder.decode(chunk, { stream: true });
      this.#look();
    }
  }

  #look(): void {
    const [text] = this.#wanted?.pattern.exec(this.#text) ?? [];
    if (text === undefined) return;
    this.#wanted?.found({ text, atMs: performance.now() });
    this.#wanted = null;
    this.#text = "";
  }
}

function wordsInTerminal(words: string[]): string[] {
  const line = `stty rows 40 cols 120; exec ${words.join(" ")}`;
  return ["script", "-qfc", line, "/dev/null"];
}

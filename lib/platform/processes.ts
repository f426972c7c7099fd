/**
 * Processes: starting one so that it notices nothing of us, sending signals,
 * finding descendants. A part of the host that is loaded when it is asked for;
 * tracking verbs never do.
 */
/** The names of signals that a command may react to. */
export type SignalName =
  | "SIGINT"
  | "SIGTERM"
  | "SIGHUP"
  | "SIGQUIT"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH"
  | "SIGCONT"
  | "SIGTSTP";
/** What to start, and what it gets of ours. */
export interface SpawnOrder {
  /** The program and its arguments. */
  command: readonly string[];
  /** Variables over those that we have. */
  env: Readonly<Record<string, string>>;
  /** `own`: a session and group of its own, without a terminal. */
  group: "own" | "ours";
  /** `held`: a pipe that ends when it is released, or when we do. */
  input: "inherited" | "held";
  /** `captured`: real pipes that we read. */
  output: "inherited" | "captured" | "none";
}

/** How a process ended. */
export type Ending =
  | { kind: "exited"; code: number }
  /** `name` such as SIGKILL; `number` is the system's. */
  | { kind: "killed"; name: string; number: number };

/** The reading end of a pipe. */
export interface Pipe {
  /** What came next; null at the end. One read at a time. */
  read(): Promise<Uint8Array | null>;
  /** Who still writes gets SIGPIPE. A read that waits returns null. */
  close(): void;
}

/** A process that we started. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Both null unless the output is captured. */
  readonly stdout: Pipe | null;
  readonly stderr: Pipe | null;
  /** Ends an input that is held; we no longer wait for the process. */
  release(): void;
}

/** Signals that are sent, besides those that are reacted to. */
export type SentSignal = SignalName | "SIGKILL" | "SIGSTOP";

/** Starting processes and signalling them. */
export interface Processes {
  /** There is a terminal in which Ctrl-C reaches all of our group. */
  readonly hasTerminal: boolean;
  /** Whether a signal was ignored when we were started, as by nohup. */
  isIgnored(signal: SignalName): boolean;
  /** Starts a process; throws with a `code` such as ENOENT or EACCES. */
  spawn(order: SpawnOrder): Promise<Child>;
  /** Signals a process; false if it is gone. */
  signal(pid: number, signal: SentSignal): boolean;
  /** Signals all of the group that a child of group `own` leads. */
  signalGroup(leader: number, signal: SentSignal): boolean;
  /** Whether any but zombies is left in the group of a child of group `own`. */
  hasGroup(leader: number): boolean;
  /** The descendants that a process has now. */
  descendants(pid: number): number[];
}

/**
 * The few calls of the system's C library that Bun has no words for. Null
 * where there is no such library; whoever asks has another way, or says so.
 */

/** Calls of the C library. */
export interface Libc {
  /** A pipe that other programs do not inherit; null if none can be had. */
  openPipe(): { read: number; write: number } | null;
  /** Sets the limits on descriptors; whether that was allowed. */
  setDescriptorLimit(limit: { soft: string; hard: string }): boolean;
}

interface Symbols {
  pipe(descriptors: Int32Array): number;
  fcntl(descriptor: number, command: number, value: number): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
}

const FUNCTIONS = {
  pipe: { args: ["ptr"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
};

/** glibc, musl, macOS. */
const NAMES = ["libc.so.6", "libc.so", "libSystem.B.dylib"];

const F_SETFD = 2;
const CLOSE_ON_EXEC = 1;
const INFINITY = 2n ** 64n - 1n;

let libc: Promise<Libc | null> | null = null;

/** The C library, opened once. */
export function openLibc(): Promise<Libc | null> {
  return libc ??= load();
}

async function load(): Promise<Libc | null> {
  // Not a plain name: other runtimes would look for it when they bundle.
  const name = "bun:ffi";
  const { dlopen } = await import(name);
  for (const path of NAMES) {
    try {
      return wrap(dlopen(path, FUNCTIONS).symbols);
    } catch {
      // Another system's name.
    }
  }
  return null;
}

function wrap(symbols: Symbols): Libc {
  return {
    openPipe() {
      const ends = new Int32Array(2);
      if (symbols.pipe(ends) !== 0) return null;
      for (const end of ends) symbols.fcntl(end, F_SETFD, CLOSE_ON_EXEC);
      return { read: ends[0]!, write: ends[1]! };
    },
    setDescriptorLimit({ soft, hard }) {
      const values = [soft, hard].map((text) =>
        text === "unlimited" ? INFINITY : BigInt(text)
      );
      return symbols.setrlimit(7, new BigUint64Array(values)) === 0;
    },
  };
}

const POLLIN = 1;

/**
 * A function that waits until a descriptor can be read, or its other end is
 * closed, for so many milliseconds at most; null if none can be had.
 */
export async function openPoll(): Promise<
  ((descriptor: number, ms: number) => boolean) | null
> {
  if (!("Bun" in globalThis)) return null;
  const name = "bun:ffi";
  const { dlopen } = await import(name);
  const poll = { args: ["ptr", "usize", "i32"], returns: "i32" };
  for (const path of NAMES) {
    try {
      const { symbols } = dlopen(path, { poll });
      return (descriptor, ms) => {
        const asked = new Int32Array([descriptor, POLLIN]);
        return symbols.poll(asked, 1, Math.ceil(ms)) > 0;
      };
    } catch {
      // Another system's name.
    }
  }
  return null;
}

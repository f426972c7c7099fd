/** Other people's programs that read what we write, where they are installed. */

/** Runs a program on a text; what it printed, and whether it was content. */
export async function readBy(
  command: readonly string[],
  text: string,
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const [program, ...args] = command;
  const child = new Deno.Command(program!, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It has read enough to complain.
  }
  const { success, stdout, stderr } = await output;
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Whether a command can be run with success. */
export function works(...command: string[]): boolean {
  const [program, ...args] = command;
  try {
    return new Deno.Command(program!, {
      args,
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

/** A Python that has a module; null if there is none. */
export function pythonWith(module: string): string | null {
  return ["python3", "/usr/bin/python3"]
    .find((python) => works(python, "-c", `import ${module}`)) ?? null;
}

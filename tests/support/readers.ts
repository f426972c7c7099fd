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

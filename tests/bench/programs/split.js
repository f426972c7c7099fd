// Reads lines and splits them, and does nothing with them.
let rest = "";
let count = 0;
const text = Bun.stdin.stream().pipeThrough(new TextDecoderStream());
for await (const piece of text) {
  const lines = (rest + piece).split("\n");
  rest = lines.pop();
  count += lines.length;
}
process.exitCode = count > 0 ? 0 : 1;

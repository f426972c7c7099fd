/** The examples of docs/library.md, which are to run in their order. */

/** One of them. */
export interface Example {
  /** A module that imports the package by its name. */
  source: string;
  /** What the page says that it prints; "" where it says nothing. */
  output: string;
}

/** All, in their order. */
export function libraryExamples(): Example[] {
  const page = Deno.readTextFileSync(
    new URL("../../docs/library.md", import.meta.url),
  );
  const found = page.matchAll(
    /^```js\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm,
  );
  return [...found].map(([, source, output = ""]) => ({
    source: source!,
    output,
  }));
}

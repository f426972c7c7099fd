/**
 * The page as one HTML document: style, program and, for a report, the data. It
 * loads nothing else, and its policy forbids to: style and program are allowed
 * by their hashes, so that nothing that came out of a session can ever run.
 */
import { StorageError } from "../errors.ts";
import { jsonLine } from "../report/json.ts";
import type { PageData } from "./page_data.ts";

/** The parts of the page, with the policy that lets only them run. */
export interface PageParts {
  style: string;
  program: string;
  /** `connect` is where it may send requests: its own server, or nowhere. */
  policy: (connect: "'self'" | "'none'") => string;
}

/** Loads the parts. `make` builds the program from lib/web/page. */
export async function loadParts(): Promise<PageParts> {
  const { default: style } = await import("./page/style.css", {
    with: { type: "text" },
  });
  const { default: program } = await import("../../build/page.js", {
    with: { type: "text" },
  }).catch((cause) => {
    throw new StorageError(
      "Cannot show the page: its program is not built yet; run make",
      { cause },
    );
  });
  const sources = "default-src 'none'; img-src data:; base-uri 'none'; " +
    `form-action 'none'; script-src '${await hashOf(program)}'; ` +
    `style-src '${await hashOf(style)}'`;
  const policy: PageParts["policy"] = (connect) =>
    `${sources}; connect-src ${connect}`;
  return { style, program, policy };
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

/** The document, live or a report. */
export function documentText(
  { style, program, policy }: PageParts,
  data: PageData,
): string {
  const connect = data.kind === "live" ? "'self'" : "'none'";
  // Nothing in it can end the element that it stands in.
  const json = jsonLine(data).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(connect)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>ptrack</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This page needs JavaScript.</noscript></div>
<script id="data" type="application/json">${json}</script>
<script type="module">${program}</script>
</body>
</html>
`;
}

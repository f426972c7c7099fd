/**
 * The page as one HTML document. It loads nothing else; only its own style and
 * program may run, by their hashes, and nothing that came out of a session.
 */
import { StorageError } from "../errors.ts";
import { jsonLine } from "../report/json.ts";
import type { PageData } from "./page_data.ts";

/** The document, and the policy that lets only its own parts run. */
export interface PageDocument {
  html: string;
  policy: string;
}

/** Makes the document. `make` builds its program from lib/web/page. */
export async function pageDocument(data: PageData): Promise<PageDocument> {
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
  const policy = "default-src 'none'; img-src data:; base-uri 'none'; " +
    `form-action 'none'; script-src '${await hashOf(program)}'; ` +
    `style-src '${await hashOf(style)}'; ` +
    `connect-src ${data.kind === "live" ? "'self'" : "'none'"}`;
  // Nothing in it can end the element that it stands in.
  const json = jsonLine(data).replaceAll("<", "\\u003c");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
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
  return { html, policy };
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

/** How the page is put together. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pageDocument } from "../../lib/web/document.ts";
import { reportData } from "../../lib/web/html_report.ts";
import { resultsOf } from "../support/sample_results.ts";
import { viewOf } from "../support/session_views.ts";

Deno.test("no text of a session can end the element that it is kept in", async () => {
  const text = "</script><script>alert(1)</script><!-- \u2028";
  const view = viewOf(text, { message: text, errors: [text] });
  const data = reportData([resultsOf([view])], "one");
  const { html } = await pageDocument(data);
  const [, json] = /<script id="data"[^>]*>([^]*?)<\/script>/.exec(html)!;
  assert(!json!.includes("<") && !json!.includes("\u2028"));
  assertEquals(JSON.parse(json!).state.sessions[0].message, text);
});

Deno.test("only the page's own style and program may run, by their hashes", async () => {
  const { html } = await pageDocument({ kind: "live" });
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html)!;
  for (
    const [element, source] of [["style", "style-src"], [
      'script type="module"',
      "script-src",
    ]] as const
  ) {
    const [tag] = element.split(" ");
    const [, text] = new RegExp(`<${element}>([^]*?)</${tag}>`).exec(html)!;
    const bytes = new TextEncoder().encode(text);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    assertStringIncludes(policy!, `${source} 'sha256-${hash}'`);
  }
});

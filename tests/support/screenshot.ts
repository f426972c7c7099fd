/**
 * Takes docs/page.png from the page in Chromium:
 *
 *   deno run -A tests/support/screenshot.ts
 *
 * The sessions are those of tests/support/sample_sessions.ts.
 */
import { Tab } from "./browser.ts";
import { startServer } from "./page_server.ts";
import { Place } from "./program.ts";
import { recordSample } from "./sample_sessions.ts";

const FILE = new URL("../../docs/page.png", import.meta.url).pathname;

await using place = new Place();
await recordSample(`${place.path}/.parallel`);
const { url } = await startServer(place, "-w", "adrs");
const tab = await Tab.open(url, { width: 1280, height: 960 });
await tab.row("adrs/adr-03").waitFor();
// The pointer must not stand on anything.
await tab.page.mouse.move(0, 0);
await tab.page.screenshot({ path: FILE });
await tab.page.context().browser()?.close();

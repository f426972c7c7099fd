/**
 * The page's program: finds out whether it is live or a report, and draws. It
 * is bundled by `make` into one script; what it imports from the rest of
 * ptrack is pure.
 */
/// <reference lib="dom" />
import { render } from "preact";
import type { PageData } from "../page_data.ts";
import { App } from "./app.tsx";
import { liveSource, reportSource } from "./source.ts";
import { restoreTheme } from "./theme.ts";

const text = document.getElementById("data")!.textContent ?? "";
const data: PageData = JSON.parse(text);
const source = data.kind === "live" ? liveSource() : reportSource(data);
const root = document.getElementById("app")!;
restoreTheme();
root.replaceChildren();
render(<App source={source} />, root);

/** A real Chromium, driven from outside: one for all tests of a file. */
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Page,
} from "playwright-core";
import { findChromium, needs } from "./needs.ts";

/** A test that looks at a page. */
export function browserTest(name: string, fn: () => Promise<void>): void {
  // The browser outlives the test that is the first to need it.
  const sanitizers = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name, ...needs("chromium"), ...sanitizers, fn });
}

let browser: Promise<Browser> | null = null;

/** The browser of this file's tests, started at its first use. */
function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("Cannot find Chromium");
  return browser ??= chromium.launch({
    executablePath,
    // Its sandbox does not work for root.
    args: Deno.uid() === 0 ? ["--no-sandbox"] : [],
  });
}

Deno.test.afterAll(async () => {
  if (browser !== null) await (await browser).close();
});

/** What its window is like. */
export interface TabOptions {
  width?: number;
  height?: number;
  theme?: "light" | "dark";
}

/** A page in a profile of its own, and all that it did that it should not. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  /** Errors, and what its policy did not allow. */
  readonly complaints: string[] = [];
  /** Every address that it asked for. */
  readonly requests: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    page.on("dialog", async (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on("request", (request) => this.requests.push(request.url()));
  }

  /** Opens an address, and waits until there is a page. */
  static async open(
    url: string,
    { width = 1280, height = 900, theme = "light" }: TabOptions = {},
  ): Promise<Tab> {
    const context = await (await openBrowser()).newContext({
      viewport: { width, height },
      colorScheme: theme,
    });
    context.setDefaultTimeout(20_000);
    const tab = new Tab(context, await context.newPage());
    try {
      await tab.page.goto(url);
      await tab.page.locator("main").waitFor();
      return tab;
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  /** What the page makes of a piece of JavaScript. */
  // deno-lint-ignore no-explicit-any
  evaluate(code: string): Promise<any> {
    return this.page.evaluate(code);
  }

  /** The row of a session, as far as it is drawn. */
  row(key: string) {
    return this.page.locator(`.row[data-key=${JSON.stringify(key)}]`);
  }

  async [Symbol.asyncDispose]() {
    await this.#context.close();
  }
}

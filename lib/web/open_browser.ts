/** Opening the page in the browser that the system prefers. */
import type { Platform } from "../platform/platform.ts";

const OPENERS: Record<Platform["system"], readonly string[]> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens an address; rejects if there is nothing to open it with. */
export async function openBrowser(
  platform: Pick<Platform, "processes" | "system">,
  url: string,
): Promise<void> {
  const processes = await platform.processes();
  const browser = await processes.spawn({
    command: [...OPENERS[platform.system], url],
    env: {},
    group: "own",
    input: "held",
    output: "none",
  });
  browser.release();
}

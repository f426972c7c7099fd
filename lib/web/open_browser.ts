/** Opening the page in the browser that the system prefers. */
import type { Host } from "../host/host.ts";

const OPENERS: Record<Host["system"], readonly string[]> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens an address; rejects if there is nothing to open it with. */
export async function openBrowser(
  host: Pick<Host, "processes" | "system">,
  url: string,
): Promise<void> {
  const processes = await host.processes();
  const browser = await processes.spawn({
    command: [...OPENERS[host.system], url],
    env: {},
    group: "own",
    input: "held",
    output: "none",
  });
  browser.release();
}

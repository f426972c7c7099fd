/** `ptrack version`, which is what `--version` runs. */
import type { Command } from "../cli/command.ts";
import { renderVersion } from "../cli/version.ts";

export const command: Command = {
  name: "version",
  summary: "Print the version, engine, system and commit",
  options: [],
  exitCodes: [[0, "printed"]],
  async run(platform) {
    platform.stdout.write(await renderVersion(platform));
    return 0;
  },
};

/** Files of the machine, beyond what the model compares. */
import { assertEquals } from "@std/assert";
import { openPlatform } from "../../lib/platform/node.ts";
import { nodeAccess } from "../../lib/platform/node_files.ts";

Deno.test("a new file has the permissions that it is given, whatever the umask", () => {
  const { files } = openPlatform(nodeAccess);
  const directory = Deno.makeTempDirSync();
  try {
    for (const mode of [0o600, 0o640, 0o666]) {
      const path = `${directory}/${mode}`;
      files.createNew(path, new TextEncoder().encode("x"), { mode });
      assertEquals(files.mode(path), mode);
      assertEquals(files.readText(path, 10), "x");
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

/**
 * Pattern 2, a session that works on a branch: the branch is metadata, a
 * problem that does not end the work is recorded as an error.
 *
 *   deno run -A examples/feature.ts feat-dark-mode feat/dark-mode
 *
 * Coordinator: ptrack monitor -w features --wait --expect 1 --timeout 120
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { SessionTracker } from "../lib/mod.ts";

const [sessionId = "feat-dark-mode", branch = "feat/dark-mode"] = process.argv
  .slice(2);
const context = "src/contexts/ThemeContext.tsx";

const tracker = new SessionTracker({ sessionId, workspace: "features" });

await tracker.run(async () => {
  await mkdir("src/contexts", { recursive: true });
  await writeFile(
    context,
    'export const ThemeContext = createContext("light");\n',
  );
  await tracker.heartbeat({
    progressPct: 30,
    message: "Added theme context provider",
  });

  const components = ["Header", "Footer", "Sidebar"];
  for (const component of components) {
    const text = `useContext(ThemeContext); // ${component}\n`;
    await writeFile(`src/${component}.tsx`, text);
  }
  await tracker.heartbeat({
    progressPct: 60,
    message: `Updated ${components.length} components`,
  });

  await tracker.heartbeat({ progressPct: 90, message: "Running tests" });
  if (!(await readFile(context, "utf8")).includes("ThemeProvider")) {
    await tracker.error("ThemeContext.tsx has no ThemeProvider yet");
  }
  // An end that the work reports itself stands.
  await tracker.complete({ outputFiles: [context], verify: true });
}, { description: "Implement dark mode toggle", metadata: { branch } });

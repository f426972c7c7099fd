/**
 * Where Chromium is, if it is there. PTRACK_CHROMIUM names it, else it is
 * looked for where systems have it.
 */
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];
const ELSEWHERE = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The path of the executable; null if there is none. */
export function findChromium(): string | null {
  const named = Deno.env.get("PTRACK_CHROMIUM");
  if (named !== undefined && named !== "") return named;
  const directories = (Deno.env.get("PATH") ?? "").split(":");
  const paths = NAMES.flatMap((name) =>
    directories.map((directory) => `${directory}/${name}`)
  );
  return [...paths, ...ELSEWHERE].find(isFile) ?? null;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Light or dark: as the system is, until somebody chooses. */
/// <reference lib="dom" />

const KEY = "ptrack-theme";

/** Shows the theme that was chosen when the page was last open. */
export function restoreTheme(): void {
  try {
    const theme = localStorage.getItem(KEY);
    if (theme === "light" || theme === "dark") showTheme(theme);
  } catch {
    // A page that was opened from a file may have no storage.
  }
}

/** Switches between light and dark, and remembers it. */
export function switchTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)").matches
    ? "dark"
    : "light";
  const shown = document.documentElement.dataset["theme"] ?? system;
  const theme = shown === "dark" ? "light" : "dark";
  showTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then the choice is forgotten with the page.
  }
}

function showTheme(theme: "light" | "dark"): void {
  document.documentElement.dataset["theme"] = theme;
}

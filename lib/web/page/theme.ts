/** Light or dark: as the system is, until somebody chooses. */
/// <reference lib="dom" />

const KEY = "ptrack-theme";
const { dataset } = document.documentElement;

/** Shows the theme that was chosen when the page was last open. */
export function restoreTheme(): void {
  try {
    const theme = localStorage.getItem(KEY);
    if (theme === "light" || theme === "dark") dataset["theme"] = theme;
  } catch {
    // A page that was opened from a file may have no storage.
  }
}

/** Switches between light and dark, and remembers it. */
export function switchTheme(): void {
  const isDark = dataset["theme"] === undefined
    ? matchMedia("(prefers-color-scheme: dark)").matches
    : dataset["theme"] === "dark";
  const theme = isDark ? "light" : "dark";
  dataset["theme"] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then the choice is forgotten with the page.
  }
}

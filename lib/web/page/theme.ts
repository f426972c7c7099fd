/** Light or dark: as the system says, until somebody says otherwise. */
/// <reference lib="dom" />

/** What was chosen; `auto` is what the system says. */
export type Theme = "auto" | "light" | "dark";

const KEY = "ptrack-theme";

/** What was chosen when the page was last open. */
export function storedTheme(): Theme {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : "auto";
  } catch {
    // A page out of a file may have nowhere to keep it.
    return "auto";
  }
}

/** Shows the page so, and remembers it. */
export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "auto") delete dataset["theme"];
  else dataset["theme"] = theme;
  try {
    if (theme === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Then it is forgotten.
  }
}

/** The other one than what is shown now. */
export function otherTheme(theme: Theme): Theme {
  const isDark = theme === "auto"
    ? matchMedia("(prefers-color-scheme: dark)").matches
    : theme === "dark";
  return isDark ? "light" : "dark";
}

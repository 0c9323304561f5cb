import { useState } from "react";

/** Light, dark, or what the system says. Kept for the browser: it is no secret. */
export type Theme = "system" | "light" | "dark";

const STORED_AS = "authgraph-console-theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function stored(): Theme {
  const value = localStorage.getItem(STORED_AS);
  return value === "light" || value === "dark" ? value : "system";
}

export function applyTheme(theme: Theme = stored()) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(stored);
  function change() {
    const next = NEXT[theme];
    localStorage.setItem(STORED_AS, next);
    applyTheme(next);
    setTheme(next);
  }
  return [theme, change];
}

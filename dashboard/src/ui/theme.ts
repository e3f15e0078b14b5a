/** The colours of the page: light, dark, or as the system has them. */

import { readStored, store } from "../storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const THEME = "slotledger.theme";

/** Return the colours that the viewer has chosen. */
export function readTheme(): Theme {
  return THEMES.find((theme) => theme === readStored(THEME, "local")) ?? "system";
}

/** Keep a choice of colours, and show the page in them. */
export function setTheme(theme: Theme): void {
  store(THEME, theme === "system" ? null : theme, "local");
  applyTheme(theme);
}

/** Show the page in some colours. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
}

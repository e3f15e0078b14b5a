/** Which language the page has. This module is small, because the first script of the page needs it (`ahead.ts`). */

import { readStored } from "../storage";

export type Language = "en" | "de" | "da" | "xa";

/** The languages that a viewer can choose, each with its own name. `xa` is for tests of the layout. */
export const LANGUAGES: Partial<Record<Language, string>> = { en: "English", de: "Deutsch", da: "Dansk" };

/** Where the viewer's choice is stored. */
export const STORED_LANGUAGE = "slotledger.language";

/** Return the language of the viewer of the page: `?lang=`, their choice, or the browser's. */
export function viewersLanguage(): Language {
  const address = new URLSearchParams(location.search).get("lang");
  return chooseLanguage(address, readStored(STORED_LANGUAGE, "local"), navigator.languages);
}

/** Return the language of the address or of an earlier choice. Otherwise, return the first of the browser's that the page has. */
export function chooseLanguage(
  address: string | null,
  stored: string | null,
  preferred: readonly string[],
): Language {
  const known = (text: string | null) => (text !== null && (text in LANGUAGES || text === "xa") ? (text as Language) : undefined);
  const ofBrowser = preferred.map((tag) => tag.split("-")[0]!).find((text) => text in LANGUAGES);
  return known(address) ?? known(stored) ?? (ofBrowser as Language | undefined) ?? "en";
}

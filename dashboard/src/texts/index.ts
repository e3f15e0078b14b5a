/** The texts of the page in the viewer's language. Read `t` while rendering: it changes with the language. */

import { useSyncExternalStore } from "react";
import { readStored, store } from "../storage";
import { en } from "./en";
import type { Texts } from "./en";

export type { Texts };
export type Language = "en" | "de" | "da" | "xa";

/** The languages that a viewer can choose, each with its own name. `xa` is for tests of the layout. */
export const LANGUAGES: Partial<Record<Language, string>> = { en: "English", de: "Deutsch", da: "Dansk" };

const LANGUAGE = "slotledger.language";
const listeners = new Set<() => void>();

export let t: Texts = en;
export let language: Language = "en";

/** Load the texts of the language of the viewer, before the page is rendered: `?lang=`, their choice, or the browser's. */
export async function loadTexts(): Promise<void> {
  await use(chooseLanguage(new URLSearchParams(location.search).get("lang"), readStored(LANGUAGE, "local"), navigator.languages));
}

/** Change the language, and keep the choice. */
export async function setLanguage(chosen: Language): Promise<void> {
  store(LANGUAGE, chosen, "local");
  await use(chosen);
}

/** Render again when the language changes. */
export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => language,
  );
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

async function use(next: Language): Promise<void> {
  const texts = await load(next).catch(() => undefined);
  if (texts === undefined) {
    return; // the connection is lost, or the page's files were replaced: stay in the language that is loaded
  }
  [t, language] = [texts, next];
  document.documentElement.lang = next === "xa" ? "en-XA" : next;
  document.documentElement.dir = next === "xa" ? "rtl" : "ltr";
  listeners.forEach((listener) => listener());
}

async function load(language: Language): Promise<Texts> {
  switch (language) {
    case "en":
      return en;
    case "de":
      return (await import("./de")).de;
    case "da":
      return (await import("./da")).da;
    case "xa":
      return (await import("./pseudo")).pseudo(en);
  }
}

/** The texts of the page in the viewer's language. Read `t` while rendering: it changes with the language. */

import { useSyncExternalStore } from "react";
import { store } from "../storage";
import { FILES } from "./files";
import type { TextsOfView } from "./files";
import { STORED_LANGUAGE } from "./language";
import type { Language } from "./language";
import { en } from "./en";
import type { Texts as FirstTexts } from "./en";
import type { statistics } from "./statistics/en";
import type { usual } from "./usual/en";
import type { week } from "./week/en";

/** The texts that are loaded with their view. */
interface ViewTexts {
  week: typeof week;
  usual: typeof usual;
  statistics: typeof statistics;
}

export type Texts = FirstTexts & ViewTexts;

const listeners = new Set<() => void>();

/** The texts. Those of a view are there once the view is loaded. */
export let t = en as Texts;
export let language: Language = "en";

/** Load the texts of a language, before anything is rendered. */
export async function loadTexts(chosen: Language): Promise<void> {
  await use(chosen);
}

/** Return the attributes `lang` and `dir` of what is written in a language. */
export function attributesOf(language: Language): { lang: string; dir: "ltr" | "rtl" } {
  return language === "xa" ? { lang: "en-XA", dir: "rtl" } : { lang: language, dir: "ltr" };
}

/** Change the language, and keep the choice. */
export async function setLanguage(chosen: Language): Promise<void> {
  store(STORED_LANGUAGE, chosen, "local");
  await use(chosen);
}

/** Load the texts of a view, in the language of the page. They are kept, and follow when the language changes. */
export function loadTextsOf(view: TextsOfView): Promise<void> {
  return inTurn(async () => {
    const texts = await loadView(view, language);
    loadedViews.add(view);
    t = { ...t, ...texts };
  });
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

const loadedViews = new Set<TextsOfView>();
let lastTurn: Promise<unknown> = Promise.resolve();

/** Do one load after the other, so that all texts are of the same language. */
function inTurn(load: () => Promise<void>): Promise<void> {
  const turn = lastTurn.then(load);
  lastTurn = turn.catch(() => undefined);
  return turn;
}

function use(next: Language): Promise<void> {
  return inTurn(async () => {
    const parts = Promise.all([load(next), ...[...loadedViews].map((view) => loadView(view, next))]);
    const texts = await parts.catch(() => undefined);
    if (texts !== undefined) { // else the connection is lost, or the page's files were replaced: the language stays
      show(next, Object.assign({}, ...texts));
    }
  });
}

function show(next: Language, texts: Texts): void {
  [t, language] = [texts, next];
  listeners.forEach((listener) => listener());
}

async function load(language: Language): Promise<FirstTexts> {
  switch (language) {
    case "en":
      return en;
    case "de":
      return (await FILES.page.de()).de;
    case "da":
      return (await FILES.page.da()).da;
    case "xa":
      return (await import("./pseudo")).pseudo(en);
  }
}

/** Return the texts of a view, by its name. */
async function loadView(view: TextsOfView, language: Language): Promise<Partial<ViewTexts>> {
  const { [view]: texts } = (await FILES[view][language === "xa" ? "en" : language]()) as ViewTexts;
  return { [view]: language === "xa" ? (await import("./pseudo")).pseudo(texts) : texts };
}

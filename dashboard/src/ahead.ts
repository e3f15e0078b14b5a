/**
 * The first script of the page. It begins to load the code and the texts of the address's view, beside the scripts that all
 * views need: on a slow network, they would otherwise be loaded one after the other. It imports only small modules.
 */

import { CODE, TEXTS } from "./code";
import { FILES } from "./texts/files";
import { viewersLanguage } from "./texts/language";

const isFramed = window.parent !== window;
const view = location.pathname.split("/").at(-1)!;
const viewers = viewersLanguage();
const language = viewers === "xa" ? "en" : viewers;
const loads: (() => Promise<unknown>)[] = language === "en" ? [] : [FILES.page[language]];
for (const name of isFramed ? ["frame", view] : [view]) {
  if (Object.hasOwn(CODE, name)) {
    loads.push(CODE[name as keyof typeof CODE]);
  }
  if (Object.hasOwn(TEXTS, name)) {
    loads.push(FILES[TEXTS[name as keyof typeof TEXTS]][language]);
  }
}
for (const load of loads) {
  load().catch(() => undefined); // if it fails, the view says so when it is shown
}

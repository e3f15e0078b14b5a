/** The booker in a shadow root. Each element has its own copy of this module, and of all that it imports (element.ts). */

import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { QueryClientProvider } from "@tanstack/react-query";
import BookView from "../book/BookView";
import LessonsView from "../lessons/LessonsView";
import { ErrorMessage } from "../ErrorMessage";
import { readConfig, settingsOf } from "../config";
import type { Settings } from "../config";
import { ReadableError } from "../labels";
import { attributesOf, loadTexts, t, useLanguage } from "../texts";
import { chooseLanguage } from "../texts/language";
import { preferLocales } from "../time";
import { queryClient, useAnswer } from "../useAnswer";
import { Embedded } from "./Embedded";
import { Embedding } from "./embedding";
import type { BookerEvent } from "./embedding";
import base from "../ui/base.css?inline";
import book from "../book/book.css?inline";
import embed from "./embed.css?inline";
import lessons from "../lessons/lessons.css?inline";
import shadow from "./shadow.css?inline";
import style from "../style.css?inline";
import tokens from "../ui/tokens.css?inline";

/** What the element's attributes and properties say. */
export interface Options {
  /** The URL to which the functions' names are appended. Null is the `config.json` beside `booker.js`. */
  api: string | null;
  tutorId: string | null;
  /** The languages that are preferred, the first one first. */
  locales: readonly string[];
  token: string | null;
}

/** A booker that is shown. */
export interface Shown {
  update(options: Options): Promise<void>;
  remove(): void;
}

/** Show the booker in a shadow root, in place of what is in it. */
export async function show(root: ShadowRoot, options: Options, report: (event: BookerEvent) => void): Promise<Shown> {
  // Constructed style sheets are allowed by each Content-Security-Policy.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync([tokens, base, style, book, lessons, embed, shadow].join("\n"));
  const page = Object.assign(document.createElement("div"), { className: "page" });
  const app = createRoot(page);
  let latest = options;
  async function update(next: Options) {
    latest = next;
    preferLocales(next.locales);
    await loadTexts(chooseLanguage(next.locales[0] ?? null, null, next.locales));
    if (next !== latest) {
      return; // changed again, while the texts of another language were loading
    }
    app.render(
      <QueryClientProvider client={queryClient}>
        <Element {...next} {...{ page, report }} />
      </QueryClientProvider>,
    );
  }
  await update(options);
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(page);
  return {
    update,
    remove() {
      app.unmount();
      queryClient.clear();
      root.replaceChildren(document.createElement("slot"));
    },
  };
}

interface ElementProps extends Options {
  page: HTMLElement;
  report: (event: BookerEvent) => void;
}

function Element({ api, tutorId, token, page, report }: ElementProps) {
  const language = useLanguage();
  useEffect(() => void Object.assign(page, attributesOf(language)), [language]);
  const { answer: settings, error, reload } = useAnswer("config", [api], () => settingsFor(api), { isFixed: true });
  const query = tutorId === null ? "" : new URLSearchParams({ tutor: tutorId }).toString();
  return settings ? (
    <Embedded views={{ BookView, LessonsView }} {...{ settings, token, query, report }} />
  ) : (
    <Embedding value={report}>{error ? <ErrorMessage error={error} retry={reload} /> : <p>{t.loading}</p>}</Embedding>
  );
}

async function settingsFor(api: string | null): Promise<Settings> {
  if (api === null) {
    return readConfig(t.book.embedded.noConfig);
  }
  try {
    return settingsOf({ baseUrl: new URL(api, document.baseURI).href });
  } catch {
    throw new ReadableError(t.book.embedded.invalidApi(api));
  }
}

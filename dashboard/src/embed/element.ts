/** The element `<slotledger-booker>`: the booker as a part of another page (docs/embedding.md). */

import type { BookerEvent } from "./embedding";
import type { Options, Shown, show } from "./booker";

/** The file with the booker, beside this one. The build writes its name here (vite.booker.config.ts). */
const FILE = "__BOOKER__";

const NOT_LOADED = {
  en: "The booker couldn't be loaded. Check the connection, then reload the page.",
  de: "Die Buchung konnte nicht geladen werden. Prüfe die Verbindung, und lade die Seite dann neu.",
  da: "Bookingen kunne ikke indlæses. Tjek forbindelsen, og genindlæs så siden.",
};

/*
 * Each element has its own copy of the booker, so that two on a page can have other languages, users and servers. A
 * module is evaluated once for each URL, also if only the fragment differs. The file is downloaded once. Copies of
 * elements that were removed are used again.
 */
const unused: string[] = [];
let count = 0;

class SlotledgerBooker extends HTMLElement {
  static readonly observedAttributes = ["api", "tutor", "locale"];
  readonly #root = this.attachShadow({ mode: "open" });
  #token: string | null = null;
  /** The booker, while the element is in a page. It is undefined if it couldn't be loaded. */
  #shown?: Promise<Shown | undefined>;
  /** The removal of the booker that was shown before. */
  #removal = Promise.resolve();

  constructor() {
    super();
    this.#root.append(document.createElement("slot")); // what is in the element is shown until the booker is loaded
    if (Object.hasOwn(this, "token")) {
      const { token } = this; // the page has set it before this script was loaded
      Reflect.deleteProperty(this, "token");
      this.token = token;
    }
  }

  /** The student's token. Null is a visitor. */
  get token(): string | null {
    return this.#token;
  }

  set token(token: string | null | undefined) {
    this.#token = token || null;
    this.#update();
  }

  connectedCallback(): void {
    this.#shown ??= this.#removal.then(() => this.#show());
  }

  async disconnectedCallback(): Promise<void> {
    await null; // the page may only move the element to another place
    const shown = this.#shown;
    if (!this.isConnected && shown) {
      this.#shown = undefined;
      this.#removal = shown.then((booker) => booker?.remove());
    }
  }

  attributeChangedCallback(): void {
    this.#update();
  }

  #update(): void {
    void this.#shown?.then((booker) => booker?.update(this.#options()));
  }

  #options(): Options {
    const page = this.closest<HTMLElement>("[lang]")?.lang;
    const locales = [this.getAttribute("locale"), page, ...navigator.languages];
    return {
      api: this.getAttribute("api"),
      tutorId: this.getAttribute("tutor") || null,
      locales: locales.filter((locale) => !!locale).map((locale) => locale!.replace("_", "-")),
      token: this.#token,
    };
  }

  async #show(): Promise<Shown | undefined> {
    const copy = unused.pop() ?? `#${++count}`;
    const report = ({ type, bookings }: BookerEvent) => this.dispatchEvent(new CustomEvent(type, { detail: { bookings } }));
    try {
      const booker: { show: typeof show } = await import(/* @vite-ignore */ new URL(FILE + copy, import.meta.url).href);
      const { update, remove } = await booker.show(this.#root, this.#options(), report);
      return {
        update,
        remove: () => {
          remove();
          unused.push(copy);
        },
      };
    } catch (error) {
      console.error(error);
      const language = this.#options().locales.map((locale) => locale.split("-")[0]!).find((each) => each in NOT_LOADED);
      const message = Object.assign(document.createElement("p"), { role: "alert" });
      message.textContent = NOT_LOADED[(language ?? "en") as keyof typeof NOT_LOADED];
      this.#root.replaceChildren(document.createElement("slot"), message);
      return undefined;
    }
  }
}

if (!customElements.get("slotledger-booker")) {
  customElements.define("slotledger-booker", SlotledgerBooker);
}

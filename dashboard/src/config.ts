import { createApi } from "slotledger-client";
import type { Api, FunctionName } from "slotledger-client";

/** A tutor who can be chosen. */
export interface Tutor {
  tutorId: string;
  name: string;
}

/** What `config.json`, beside the page, says: where the functions are, and whose availability is shown. */
interface Config {
  /** As `make deploy` prints them. */
  urls?: Record<FunctionName, string>;
  /** Where all functions are served by their names; "." is where the page is. */
  baseUrl?: string;
  tutors: Tutor[];
}

export interface Setting {
  api: Api;
  tutors: Tutor[];
}

/** Reads `config.json`. */
export async function readConfig(): Promise<Setting> {
  const answer = await fetch("config.json");
  if (!answer.ok) {
    throw new Error("There is no config.json beside this page: it says where the functions are.");
  }
  const { urls, baseUrl, tutors } = (await answer.json()) as Config;
  const api = createApi(urls ? { urls } : { baseUrl: new URL(baseUrl ?? ".", document.baseURI).href });
  return { api, tutors };
}

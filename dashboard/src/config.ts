import { createApi } from "slotledger-client";
import type { Api, ApiOptions, FunctionName } from "slotledger-client";
import { Told } from "./labels";

/** A tutor who can be chosen. */
export interface Tutor {
  tutorId: string;
  name: string;
  /** The tutor's own, in the demo alone. */
  token?: string;
}

/** What `config.json`, beside the page, says: where the functions are, and whose availability is shown. */
interface Config {
  /** As `make deploy` prints them. */
  urls?: Record<FunctionName, string>;
  /** Where all functions are served by their names; "." is where the page is. */
  baseUrl?: string;
  /** Those who can be chosen from a list; the page of anyone else is `#/<tutorId>`. */
  tutors?: Tutor[];
  /** An admin's, in the demo alone: with it, the page can be looked at as anybody, without signing in. */
  adminToken?: string;
}

export interface Setting {
  connect(getToken: ApiOptions["getToken"]): Api;
  tutors: Tutor[];
  adminToken: string | null;
}

/** Reads `config.json`. */
export async function readConfig(): Promise<Setting> {
  const answer = await fetch("config.json").catch(() => undefined);
  if (answer?.status === 404) {
    throw new Told("There is no config.json beside this page: it says where the functions are. Put one there.");
  }
  if (!answer?.ok) {
    throw new Told("The page's config.json can't be reached. Check the connection, then try again.");
  }
  try {
    const { urls, baseUrl, tutors = [], adminToken = null } = (await answer.json()) as Config;
    const where = urls ? { urls } : { baseUrl: new URL(baseUrl ?? ".", document.baseURI).href };
    return { connect: (getToken) => createApi({ ...where, getToken }), tutors, adminToken };
  } catch {
    throw new Told("The config.json beside this page can't be read. Write it as the dashboard's README says.");
  }
}

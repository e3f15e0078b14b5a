import { createApi } from "slotledger-client";
import type { Api, ApiOptions, FunctionName } from "slotledger-client";
import { ReadableError } from "./labels";

/** A tutor in the list at the top of the page. */
export interface Tutor {
  tutorId: string;
  name: string;
  /** Only in the demo: the tutor's own token. */
  token?: string;
}

/** The contents of `config.json`: the URLs of the functions, and the tutors of the list. */
interface Config {
  /** Each function's URL, as `make deploy` prints them. */
  urls?: Record<FunctionName, string>;
  /** The URL under which all functions are served by their names; "." is the folder of the page. */
  baseUrl?: string;
  /** The list; the address of every other tutor is `#/<tutorId>`. */
  tutors?: Tutor[];
  /** Only in the demo: an admin's token. With it, the page has "Look as" in place of signing in. */
  adminToken?: string;
}

export interface Settings {
  connect(getToken: ApiOptions["getToken"]): Api;
  tutors: Tutor[];
  adminToken: string | null;
}

/** Read `config.json`, which lies beside the page. */
export async function readConfig(): Promise<Settings> {
  const answer = await fetch("config.json").catch(() => undefined);
  if (answer?.status === 404) {
    throw new ReadableError(
      "There is no config.json beside this page. Put one there, with the URLs of the functions, as the dashboard's " +
        "README describes.",
    );
  }
  if (!answer?.ok) {
    throw new ReadableError("The page's config.json couldn't be loaded. Check the connection, then try again.");
  }
  try {
    const { urls, baseUrl, tutors = [], adminToken = null } = (await answer.json()) as Config;
    const location = urls ? { urls } : { baseUrl: new URL(baseUrl ?? ".", document.baseURI).href };
    return { connect: (getToken) => createApi({ ...location, getToken }), tutors, adminToken };
  } catch {
    throw new ReadableError("The page's config.json is not valid. Write it as the dashboard's README describes.");
  }
}

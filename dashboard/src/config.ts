import { createApi } from "slotledger-client";
import type { Api, ApiOptions, FunctionUrls } from "slotledger-client";
import { ReadableError } from "./labels";
import { FOLDER } from "./links";
import { noteServerTime } from "./serverClock";
import { t } from "./texts";

/** A tutor in the list at the top of the page. Admins find all other tutors by a search. */
export interface Tutor {
  tutorId: string;
  name: string;
  /** Only in the demo: the tutor's own token. */
  token?: string;
}

/** A student of the demo. */
export interface Student {
  name: string;
  token: string;
}

/** The contents of `config.json`. */
interface Config {
  /** The URL of each function. `make deploy` prints these URLs. */
  urls?: FunctionUrls;
  /** Without `urls`: the URL to which the functions' names are appended. The default is the folder of the page. */
  baseUrl?: string;
  /** The tutors in the list. The views of other tutors have addresses, too: `/book?tutor=<tutorId>`. */
  tutors?: Tutor[];
  /** The tutors' tags that the search of all tutors offers as subjects. */
  tags?: string[];
  /** Only in the demo: students with their tokens. */
  students?: Student[];
  /** Only on the local server: the URL of the API reference. */
  reference?: string;
  /** Only in the demo: an admin's token. If it is set, the page has the choice "Look as" and no sign-in. */
  adminToken?: string;
  /** The origins of the pages that may have the booker in a frame, and give it a token. */
  embedders?: string[];
}

/** The settings of the page, from `config.json`. */
export interface Settings {
  /** Return the API of the functions, which calls `getToken` for its requests. */
  createApi(getToken: ApiOptions["getToken"]): Api;
  tutors: Tutor[];
  tags: string[];
  students: Student[];
  /** Whether the URL of the function `bookings` is known. An older `config.json` may lack it. */
  hasBookings: boolean;
  /** Whether the URL of the function `weekly_schedule` is known. */
  hasSchedules: boolean;
  /** Whether the URL of the function `find_slots` is known. */
  hasSearch: boolean;
  adminToken: string | null;
  /** The URL of the API reference, or null if this server has none. */
  reference: string | null;
  embedders: string[];
}

/** Read `config.json`, which is in the folder of the page. If there is none, throw an error with the text `missing`. */
export async function readConfig(missing?: string): Promise<Settings> {
  const answer = await fetch(new URL("config.json", FOLDER)).catch(() => undefined);
  if (answer?.status === 404) {
    throw new ReadableError(missing ?? t.errors.noConfig);
  }
  if (!answer?.ok) {
    throw new ReadableError(t.errors.configNotLoaded);
  }
  try {
    return settingsOf((await answer.json()) as Config);
  } catch {
    throw new ReadableError(t.errors.invalidConfig);
  }
}

/** Return the settings in the contents of a `config.json`. Throw if a URL in it isn't valid. */
export function settingsOf({ urls, baseUrl, embedders = [], ...more }: Config): Settings {
  const location = urls ? { urls } : { baseUrl: new URL(baseUrl ?? ".", FOLDER).href };
  return {
    createApi: (getToken) => createApi({ ...location, getToken, fetch: fetchCurrent }),
    hasBookings: urls === undefined || urls.bookings !== undefined,
    hasSchedules: urls === undefined || urls.weekly_schedule !== undefined,
    hasSearch: urls === undefined || urls.find_slots !== undefined,
    embedders: embedders.map(originOf),
    ...{ tutors: [], tags: [], students: [], adminToken: null, reference: null, ...more },
  };
}

/** Return the origin of a URL. Throw if it has none of its own: sandboxed pages of any site have the origin "null". */
function originOf(url: string): string {
  const { origin } = new URL(url);
  if (origin === "null") {
    throw new TypeError(`${url} has no origin`);
  }
  return origin;
}

/**
 * Fetch an answer that is current. Browsers may store what a search found for some seconds: then a slot would be shown
 * that was booked just now. Answers to requests with a token are in no cache, so they say what time it is.
 */
const fetchCurrent: typeof fetch = async (url, init) => {
  const answer = await fetch(url, { ...init, cache: "no-cache" });
  if (new Headers(init?.headers).has("Authorization")) {
    noteServerTime(answer.headers.get("Date"));
  }
  return answer;
};

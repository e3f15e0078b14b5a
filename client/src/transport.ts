import { NetworkError, NotUnderstood, SlotledgerError, TimedOut, apiError } from "./errors.js";
import type { Problem } from "./types.js";

/** The names of the functions that were added after the first release. */
type NewFunctionName = "bookings" | "find_slots" | "tutors" | "weekly_schedule";

/** The names of the functions. */
export type FunctionName = "get_availability" | "update_availability" | "audit_history" | "audit_stats" | NewFunctionName;

/**
 * The URL of each function. `bookings`, `find_slots`, `tutors` and `weekly_schedule` are newer than the others: without
 * their URLs, `api.bookings`, `api.search`, `api.tutors` and `api.schedules` can't be used.
 */
export type FunctionUrls = Readonly<
  Record<Exclude<FunctionName, NewFunctionName>, string> & Partial<Record<NewFunctionName, string>>
>;

/** The options of `createApi`: the URLs of the functions, the token, time-outs and retries. */
export type ApiOptions = Urls & {
  /**
   * Return the caller's token. This is called for each attempt of a request, but not for public reads, which send no
   * token. If there is no token, requests that need one throw `Unauthenticated`.
   */
  getToken?: () => string | null | undefined | Promise<string | null | undefined>;
  /** A function to call in place of the platform's `fetch`. */
  fetch?: typeof fetch;
  /** How many milliseconds an attempt may take until its answer has arrived completely; 20,000 by default. */
  timeoutMs?: number;
  /** How many times to retry a request, at most, if it can be repeated safely; 2 by default. */
  retries?: number;
};

/** Either the URL of each function (`make deploy` prints it), or the URL to which the function's name is appended. */
type Urls =
  | { urls: FunctionUrls; baseUrl?: undefined }
  | { baseUrl: string; urls?: undefined };

/** The parts of the platform (browser or Node) that the client uses. */
export interface Platform {
  /** Return the milliseconds since 1970. */
  now(): number;
  /** Return a random number from 0 (included) to 1 (excluded). */
  random(): number;
  /** Wait for a number of milliseconds. If the signal is aborted, reject with its reason. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Whether `fetch` stores answers in an HTTP cache and revalidates them. */
  hasHttpCache: boolean;
}

/** A call of a function. If an attempt fails, the request may be sent again. */
export interface Call {
  function: FunctionName;
  method: "GET" | "PATCH" | "POST" | "PUT";
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
  /** The key that each attempt sends, so that the request takes effect once. */
  idempotencyKey?: string;
  /** Whether to send the request without a token. */
  isAnonymous?: boolean;
  /** Whether the request can be sent again without harm. Other requests are sent once. */
  isRepeatable: boolean;
  signal: AbortSignal | undefined;
}

interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

const RETRYABLE_STATUSES = [429, 502, 503, 504];
const BASE_WAIT_MS = 200;
const MAX_WAIT_MS = 10_000;
const MAX_TIMEOUT_MS = 2 ** 31 - 1; // a longer timer would fire immediately
const MAX_CACHED_ANSWERS = 50;

export const platform: Platform = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) {
        abort();
      }
    }),
  // Browsers have a cache, in pages and in workers; Node has none.
  hasHttpCache: "document" in globalThis || "WorkerGlobalScope" in globalThis,
};

/** Sends requests with retries and time-outs, and turns error answers into errors. */
export class Transport {
  readonly #options: ApiOptions;
  readonly #platform: Platform;
  /**
   * Answers to requests without a token, by URL, least recently used first. They are stored as text, so that callers
   * can't change them.
   */
  readonly #cache = new Map<string, Reply>();

  constructor(options: ApiOptions, platform: Platform) {
    if (options.urls === undefined && options.baseUrl === undefined) {
      throw new TypeError("createApi: pass urls or baseUrl");
    }
    this.#options = options;
    this.#platform = platform;
  }

  /**
   * Return a JSON answer. Throw `NotUnderstood` if it isn't an object with `field`. The caller has to choose a field that
   * no other backend function has in its answers. Then, if the URLs of two functions were mixed up, the wrong function's
   * answer is refused.
   */
  async json<T>(call: Call, field: keyof T & string): Promise<T> {
    const reply = await this.#send(call);
    const body = parseJson(reply, "application/json");
    if (!isObject(body) || !(field in body)) {
      this.#cache.delete(this.#url(call)); // so that the next call doesn't get this answer again
      throw notUnderstoodError(reply);
    }
    return body as T;
  }

  /** Return a CSV answer. */
  async csv(call: Call): Promise<string> {
    const reply = await this.#send(call);
    if (contentType(reply) !== "text/csv") {
      throw notUnderstoodError(reply);
    }
    return reply.text;
  }

  /** Send a request, retry it if that is allowed and may help, and return the answer with status 200 or 201. */
  async #send(call: Call): Promise<Reply> {
    const { timeoutMs = 20_000, retries = 2 } = this.#options;
    for (let retry = 0; ; retry++) {
      const outcome = await withTimeLimit(timeoutMs, call.signal, (signal) => this.#attempt(call, signal)).catch(
        (error: unknown) => {
          if (error instanceof NetworkError || error instanceof TimedOut) {
            return error;
          }
          throw error;
        },
      );
      const isRetryable = outcome instanceof SlotledgerError || RETRYABLE_STATUSES.includes(outcome.status);
      if (isRetryable && call.isRepeatable && retry < retries) {
        await this.#platform.sleep(this.#waitMs(retry, outcome), call.signal);
      } else if (outcome instanceof SlotledgerError) {
        throw outcome;
      } else if (outcome.status !== 200 && outcome.status !== 201) {
        throw errorOf(outcome);
      } else {
        return outcome;
      }
    }
  }

  async #attempt(call: Call, signal: AbortSignal): Promise<Reply> {
    const url = this.#url(call);
    const headers: Record<string, string> = {};
    const token = call.isAnonymous ? null : await this.#options.getToken?.();
    signal.throwIfAborted(); // don't send an edit if its signal was aborted during getToken
    if (token) {
      headers["Authorization"] = `Bearer ${token}`;
    }
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
    }
    if (call.idempotencyKey !== undefined) {
      headers["Idempotency-Key"] = call.idempotencyKey;
    }
    // Don't send `If-None-Match` from browsers: they revalidate with their own cache, and this header would need a
    // preflight. Don't cache answers to requests with a token: the next token may be another user's.
    const usesCache = !this.#platform.hasHttpCache && !token;
    const cached = usesCache ? this.#cache.get(url) : undefined;
    if (cached) {
      headers["If-None-Match"] = cached.headers.get("ETag")!;
    }
    const init: RequestInit = { method: call.method, headers, signal };
    if (call.body !== undefined) {
      init.body = JSON.stringify(call.body);
    }
    const reply = await sendAndRead(this.#options.fetch ?? globalThis.fetch.bind(globalThis), url, init);
    const current = reply.status === 304 && cached ? cached : reply;
    if (usesCache && current.status === 200 && current.headers.has("ETag")) {
      this.#addToCache(url, current);
    }
    return current;
  }

  #url(call: Call): string {
    const { urls, baseUrl } = this.#options;
    const url = urls ? urls[call.function] : `${baseUrl.replace(/\/+$/, "")}/${call.function}`;
    if (url === undefined) {
      throw new TypeError(`createApi: urls has no URL of ${call.function}`);
    }
    const parameters = Object.entries(call.query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    return parameters.length === 0 ? url : `${url}?${new URLSearchParams(parameters)}`;
  }

  #addToCache(url: string, answer: Reply): void {
    this.#cache.delete(url);
    this.#cache.set(url, answer);
    if (this.#cache.size > MAX_CACHED_ANSWERS) {
      this.#cache.delete(this.#cache.keys().next().value!);
    }
  }

  /**
   * Return how many milliseconds to wait before a retry: the sum of `Retry-After` and a random time, but at most
   * `MAX_WAIT_MS`. With the random time, clients don't all retry at the same moment.
   */
  #waitMs(retry: number, outcome: Reply | SlotledgerError): number {
    const retryAfterMs = outcome instanceof SlotledgerError ? 0 : this.#retryAfterMs(outcome.headers.get("Retry-After"));
    return Math.min(MAX_WAIT_MS, retryAfterMs + this.#platform.random() * BASE_WAIT_MS * 2 ** retry);
  }

  /** Return how many milliseconds a `Retry-After` header asks to wait. Its value is a number of seconds or a date. */
  #retryAfterMs(header: string | null): number {
    const seconds = Number(header ?? 0);
    const ms = Number.isNaN(seconds) ? Date.parse(header!) - this.#platform.now() : seconds * 1000;
    return Math.max(0, ms || 0);
  }
}

/** Send a request and read the whole answer. */
async function sendAndRead(send: typeof fetch, url: string, init: RequestInit): Promise<Reply> {
  try {
    const response = await send(url, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new NetworkError(error);
  }
}

/** Do work within a time limit. On a time-out or an abort, reject immediately, even if the work ignores its signal. */
async function withTimeLimit<T>(
  ms: number,
  callerSignal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  callerSignal?.throwIfAborted();
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const stop = new Promise<never>((_, reject) => {
    const cancel = (reason: unknown) => {
      reject(reason);
      controller.abort(reason);
    };
    timer = setTimeout(() => cancel(new TimedOut(ms)), Math.min(ms, MAX_TIMEOUT_MS));
    onAbort = () => cancel(callerSignal?.reason);
    callerSignal?.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work(controller.signal), stop]);
  } finally {
    clearTimeout(timer);
    callerSignal?.removeEventListener("abort", onAbort!);
  }
}

function errorOf(reply: Reply): SlotledgerError {
  const problem = parseJson(reply, "application/problem+json");
  return isProblem(problem) ? apiError(problem, reply.headers.get("X-Request-Id")) : notUnderstoodError(reply);
}

function notUnderstoodError(reply: Reply): NotUnderstood {
  return new NotUnderstood(reply.status, contentType(reply) ?? null, reply.headers.get("X-Request-Id"));
}

/** Return the parsed JSON of a reply. Return undefined if the reply has another content type or invalid JSON. */
function parseJson(reply: Reply, type: string): unknown {
  try {
    return contentType(reply) === type ? JSON.parse(reply.text) : undefined;
  } catch {
    return undefined;
  }
}

function contentType(reply: Reply): string | undefined {
  return reply.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isProblem(value: unknown): value is Problem {
  const has = (name: string, type: string) => isObject(value) && typeof value[name] === type;
  return has("status", "number") && has("title", "string") && has("detail", "string") && has("code", "string");
}

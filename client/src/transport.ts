import { NetworkError, NotUnderstood, SlotledgerError, TimedOut, apiError } from "./errors.js";
import type { Problem } from "./types.js";

/** The names of the functions. */
export type FunctionName = "get_availability" | "update_availability" | "audit_history" | "audit_stats";

/** The URLs of the functions, the token, time-outs and retries. */
export type ApiOptions = Urls & {
  /** Returns the caller's token; called for each attempt. Without a token, only public requests are answered. */
  getToken?: () => string | null | undefined | Promise<string | null | undefined>;
  /** Replaces the platform's `fetch`. */
  fetch?: typeof fetch;
  /** The time limit of an attempt, with its whole answer, in milliseconds; 20,000 by default. */
  timeoutMs?: number;
  /** How often a request that is safe to repeat is retried; 2 by default. */
  retries?: number;
};

/** Either each function's URL, as `make deploy` prints them, or the URL under which all are served by their names. */
type Urls =
  | { urls: Readonly<Record<FunctionName, string>>; baseUrl?: undefined }
  | { baseUrl: string; urls?: undefined };

/** What the client uses of the platform. */
export interface Platform {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Whether `fetch` has an HTTP cache that revalidates answers. */
  hasHttpCache: boolean;
}

/** A call of a function, with one or more attempts. */
export interface Call {
  function: FunctionName;
  method: "GET" | "PUT";
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
  /** Send no token. */
  isAnonymous?: boolean;
  /** Whether a second attempt does no harm. */
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
const MAX_TIMEOUT_MS = 2 ** 31 - 1; // longer timers fire at once
const MAX_CACHED = 50;

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
  // True in the pages and workers of browsers. Node's fetch has no cache. A wrong guess only costs bytes.
  hasHttpCache: "document" in globalThis || "WorkerGlobalScope" in globalThis,
};

/** Sends requests with retries and time-outs, and turns error answers into errors. */
export class Transport {
  readonly #options: ApiOptions;
  readonly #platform: Platform;
  /** Public answers by URL, the least recently used first. They are text, so that callers can't change them. */
  readonly #cache = new Map<string, Reply>();

  constructor(options: ApiOptions, platform: Platform) {
    if (options.urls === undefined && options.baseUrl === undefined) {
      throw new TypeError("createApi: pass urls or baseUrl");
    }
    this.#options = options;
    this.#platform = platform;
  }

  /** Return a JSON answer. `field` is one that only this function's answers have. */
  async json<T>(call: Call, field: keyof T & string): Promise<T> {
    const reply = await this.#send(call);
    const body = parseJson(reply, "application/json");
    if (!isObject(body) || !(field in body)) {
      this.#cache.delete(this.#url(call)); // so that the next call doesn't get it again
      throw notUnderstood(reply);
    }
    return body as T;
  }

  async csv(call: Call): Promise<string> {
    const reply = await this.#send(call);
    if (contentType(reply) !== "text/csv") {
      throw notUnderstood(reply);
    }
    return reply.text;
  }

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
        await this.#platform.sleep(this.#wait(retry, outcome), call.signal);
      } else if (outcome instanceof SlotledgerError) {
        throw outcome;
      } else if (outcome.status !== 200) {
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
    signal.throwIfAborted(); // don't send an edit that was aborted while the token was fetched
    if (token) {
      headers["Authorization"] = `Bearer ${token}`;
    }
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
    }
    // Browsers revalidate with their own cache, without the preflight that this header would need. Answers to a token
    // aren't cached: the next token may be another user's.
    const usesCache = !this.#platform.hasHttpCache && !token;
    const cached = usesCache ? this.#cache.get(url) : undefined;
    if (cached) {
      headers["If-None-Match"] = cached.headers.get("ETag")!;
    }
    const init: RequestInit = { method: call.method, headers, signal };
    if (call.body !== undefined) {
      init.body = JSON.stringify(call.body);
    }
    const reply = await exchange(this.#options.fetch ?? globalThis.fetch.bind(globalThis), url, init);
    const current = reply.status === 304 && cached ? cached : reply;
    if (usesCache && current.status === 200 && current.headers.has("ETag")) {
      this.#addToCache(url, current);
    }
    return current;
  }

  #url(call: Call): string {
    const { urls, baseUrl } = this.#options;
    const url = urls ? urls[call.function] : `${baseUrl.replace(/\/+$/, "")}/${call.function}`;
    const parameters = Object.entries(call.query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    return parameters.length === 0 ? url : `${url}?${new URLSearchParams(parameters)}`;
  }

  #addToCache(url: string, answer: Reply): void {
    this.#cache.delete(url);
    this.#cache.set(url, answer);
    if (this.#cache.size > MAX_CACHED) {
      this.#cache.delete(this.#cache.keys().next().value!);
    }
  }

  /** Return the wait in milliseconds: that of `Retry-After` plus a random part, so that clients don't retry at once. */
  #wait(retry: number, outcome: Reply | SlotledgerError): number {
    const retryAfter = outcome instanceof SlotledgerError ? 0 : this.#retryAfter(outcome.headers.get("Retry-After"));
    return Math.min(MAX_WAIT_MS, retryAfter + this.#platform.random() * BASE_WAIT_MS * 2 ** retry);
  }

  /** Return the milliseconds of a `Retry-After` header, which has seconds or a date. */
  #retryAfter(header: string | null): number {
    const seconds = Number(header ?? 0);
    const ms = Number.isNaN(seconds) ? Date.parse(header!) - this.#platform.now() : seconds * 1000;
    return Math.max(0, ms || 0);
  }
}

async function exchange(send: typeof fetch, url: string, init: RequestInit): Promise<Reply> {
  try {
    const response = await send(url, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new NetworkError(error);
  }
}

/** Do some work with a time limit. A time-out or an abort rejects at once, also if the work ignores its signal. */
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
  return isProblem(problem) ? apiError(problem, reply.headers.get("X-Request-Id")) : notUnderstood(reply);
}

function notUnderstood(reply: Reply): NotUnderstood {
  return new NotUnderstood(reply.status, contentType(reply) ?? null, reply.headers.get("X-Request-Id"));
}

/** Return the parsed JSON of a reply; undefined if it has another content type or is invalid. */
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

import { NetworkError, NotUnderstood, SlotledgerError, TimedOut, apiError } from "./errors.js";
import type { Problem } from "./types.js";

/** The functions, by their names. */
export type FunctionName = "get_availability" | "update_availability" | "audit_history" | "audit_stats";

/** How to reach the functions, and how patiently. */
export type ApiOptions = Where & {
  /** Returns the caller's token, asked anew for each attempt; without one, only what is public is answered. */
  getToken?: () => string | null | undefined | Promise<string | null | undefined>;
  /** In place of the platform's own. */
  fetch?: typeof fetch;
  /** How long one attempt may take until its whole answer is there, in milliseconds; 20,000 unless given. */
  timeoutMs?: number;
  /** How often what is safe to repeat is tried again; 2 unless given. */
  retries?: number;
};

/** Each function's own URL, as `make deploy` prints them; or the URL under which they are all served by their names. */
type Where =
  | { urls: Readonly<Record<FunctionName, string>>; baseUrl?: undefined }
  | { baseUrl: string; urls?: undefined };

/** What a request depends on besides its options. */
export interface Ambient {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Whether the platform keeps answers and asks whether they still hold, by itself. */
  hasHttpCache: boolean;
}

/** One call of a function, of as many attempts as it takes. */
export interface Call {
  function: FunctionName;
  method: "GET" | "PUT";
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
  /** No token is sent, though there may be one. */
  isAnonymous?: boolean;
  /** Whether nothing is lost, and nothing is done twice, when it is carried out again. */
  isRepeatable: boolean;
  signal: AbortSignal | undefined;
}

interface Reply {
  status: number;
  headers: Headers;
  text: string;
}

const PASSING_STATUSES = [429, 502, 503, 504];
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1; // beyond, timers go off at once
const MOST_REMEMBERED = 50;

export const real: Ambient = {
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
  // Pages and workers of browsers; Node, and what is like it, has fetch and no cache behind it. A wrong guess costs a
  // few bytes.
  hasHttpCache: "document" in globalThis || "WorkerGlobalScope" in globalThis,
};

/** Sends requests, and again where that is safe; returns what was answered, or throws what was wrong. */
export class Transport {
  readonly #options: ApiOptions;
  readonly #ambient: Ambient;
  /** Answers by their URL, the least recently used first. They are kept as text: what a caller got is its own. */
  readonly #remembered = new Map<string, Reply>();

  constructor(options: ApiOptions, ambient: Ambient) {
    if (options.urls === undefined && options.baseUrl === undefined) {
      throw new TypeError("createApi: say where the functions are, by urls or by baseUrl");
    }
    this.#options = options;
    this.#ambient = ambient;
  }

  /** Returns the answer; `field` is one that it has, and that no other function's answer has. */
  async json<T>(call: Call, field: keyof T & string): Promise<T> {
    const reply = await this.#send(call);
    const body = parsed(reply, "application/json");
    if (!isObject(body) || !(field in body)) {
      this.#remembered.delete(this.#url(call)); // or it would go on being answered
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
      const outcome = await within(timeoutMs, call.signal, (signal) => this.#attempt(call, signal)).catch(
        (error: unknown) => {
          if (error instanceof NetworkError || error instanceof TimedOut) {
            return error;
          }
          throw error;
        },
      );
      const hasPassed = outcome instanceof SlotledgerError || PASSING_STATUSES.includes(outcome.status);
      if (hasPassed && call.isRepeatable && retry < retries) {
        await this.#ambient.sleep(this.#wait(retry, outcome), call.signal);
      } else if (outcome instanceof SlotledgerError) {
        throw outcome;
      } else if (outcome.status !== 200) {
        throw refusal(outcome);
      } else {
        return outcome;
      }
    }
  }

  async #attempt(call: Call, signal: AbortSignal): Promise<Reply> {
    const url = this.#url(call);
    const headers: Record<string, string> = {};
    const token = call.isAnonymous ? null : await this.#options.getToken?.();
    signal.throwIfAborted(); // whoever gave up while the token was fetched mustn't find the edit saved
    if (token) {
      headers["Authorization"] = `Bearer ${token}`;
    }
    if (call.body !== undefined) {
      headers["Content-Type"] = "application/json";
    }
    // In a browser its cache does this, without the preflight that a header set by hand would cost. And what was told
    // to one caller alone isn't kept: the next token may be somebody else's.
    const remembers = !this.#ambient.hasHttpCache && !token;
    const remembered = remembers ? this.#remembered.get(url) : undefined;
    if (remembered) {
      headers["If-None-Match"] = remembered.headers.get("ETag")!;
    }
    const init: RequestInit = { method: call.method, headers, signal };
    if (call.body !== undefined) {
      init.body = JSON.stringify(call.body);
    }
    const reply = await exchange(this.#options.fetch ?? globalThis.fetch.bind(globalThis), url, init);
    const current = reply.status === 304 && remembered ? remembered : reply;
    if (remembers && current.status === 200 && current.headers.has("ETag")) {
      this.#remember(url, current);
    }
    return current;
  }

  #url(call: Call): string {
    const { urls, baseUrl } = this.#options;
    const url = urls ? urls[call.function] : `${baseUrl.replace(/\/+$/, "")}/${call.function}`;
    const given = Object.entries(call.query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    return given.length === 0 ? url : `${url}?${new URLSearchParams(given)}`;
  }

  #remember(url: string, answer: Reply): void {
    this.#remembered.delete(url);
    this.#remembered.set(url, answer);
    if (this.#remembered.size > MOST_REMEMBERED) {
      this.#remembered.delete(this.#remembered.keys().next().value!);
    }
  }

  /** Returns how long to wait, in milliseconds: what was asked for, and a random part, so that not all come at once. */
  #wait(retry: number, outcome: Reply | SlotledgerError): number {
    const asked = outcome instanceof SlotledgerError ? 0 : this.#retryAfter(outcome.headers.get("Retry-After"));
    return Math.min(LONGEST_WAIT_MS, asked + this.#ambient.random() * FIRST_WAIT_MS * 2 ** retry);
  }

  /** Reads seconds, or a date, as milliseconds from now. */
  #retryAfter(told: string | null): number {
    const seconds = Number(told ?? 0);
    const ms = Number.isNaN(seconds) ? Date.parse(told!) - this.#ambient.now() : seconds * 1000;
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

/** Does the work, unless it takes too long or is aborted: the caller hears of that at once, whatever the work does. */
async function within<T>(
  ms: number,
  callers: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  callers?.throwIfAborted();
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    const stop = (why: unknown) => {
      reject(why);
      controller.abort(why);
    };
    timer = setTimeout(() => stop(new TimedOut(ms)), Math.min(ms, LONGEST_TIMEOUT_MS));
    onAbort = () => stop(callers?.reason);
    callers?.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    clearTimeout(timer);
    callers?.removeEventListener("abort", onAbort!);
  }
}

function refusal(reply: Reply): SlotledgerError {
  const problem = parsed(reply, "application/problem+json");
  return isProblem(problem) ? apiError(problem, reply.headers.get("X-Request-Id")) : notUnderstood(reply);
}

function notUnderstood(reply: Reply): NotUnderstood {
  return new NotUnderstood(reply.status, contentType(reply) ?? null, reply.headers.get("X-Request-Id"));
}

/** Returns what the reply's JSON says; undefined where it isn't JSON. */
function parsed(reply: Reply, type: string): unknown {
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

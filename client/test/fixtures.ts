/** Fixtures: tutors on the real functions, and a network that fails as a test chooses. */

import { createApiOn } from "../src/api.js";
import type { Api } from "../src/api.js";
import type { ApiOptions, Platform } from "../src/transport.js";

export const API_URL = fromEnvironment("API_URL");
export const ADMIN = { token: fromEnvironment("ADMIN_TOKEN") };
/** The user id of that token. */
export const ADMIN_USER = "aaaaaaaa-0000-4000-8000-000000000001";

/** A Monday that is in the future in every zone, and the next one. */
export const MONDAY = monday(2);
export const NEXT_MONDAY = monday(3);
/** The offset of the default zone, in winter and summer. */
export const OFFSET = "+05:45";

export interface Tutor {
  id: string;
  userId: string;
  token: string;
}

export const addTutor = (timeZone = "Asia/Kathmandu"): Promise<Tutor> => callFixture("tutor", { timeZone });
export const book = (tutor: Tutor, date: string, time: string) => callFixture("booking", { tutorId: tutor.id, date, time });
export const sql = (statement: string) => callFixture("sql", { statement });
export const setDatabase = (which: "there" | "unreachable" | "invalid") => callFixture("database", { which });

async function callFixture<T>(name: string, body: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${API_URL}/fixtures/${name}`, { method: "POST", body: JSON.stringify(body), headers });
  if (!response.ok) {
    throw new Error(`${name}: ${await response.text()}`);
  }
  return (await response.json()) as T;
}

/** Return the API for a caller, on a platform with a fixed clock, where sleeping takes no time. */
export function apiFor(
  caller: { token: string } | null,
  options: Partial<Omit<ApiOptions, "urls" | "baseUrl">> = {},
  platform: Partial<Platform> = {},
): Api {
  const testPlatform: Platform = { now: () => 0, random: () => 0.5, sleep: async () => {}, hasHttpCache: false };
  return createApiOn({ ...testPlatform, ...platform }, { baseUrl: API_URL, getToken: () => caller?.token, ...options });
}

/** What the network does with an attempt: `send` sends it. */
export type Transmission = (send: () => Promise<Response>, signal: AbortSignal) => Promise<Response>;

export const requestLost: Transmission = async () => {
  throw new TypeError("connection refused");
};
export const answerLost: Transmission = async (send) => {
  await (await send()).text();
  throw new TypeError("connection reset");
};
export const neverAnswered: Transmission = () => new Promise(() => {});
export const answeredAs =
  (status: number, headers: Record<string, string> = {}, body = "<h1>Oh no</h1>"): Transmission =>
  async (send) => {
    await (await send()).text();
    return new Response(body, { status, headers });
  };

/** Return a network with a transmission for each of the first attempts; the others arrive. */
export function network(...transmissions: Transmission[]) {
  const sent: { method: string; url: string; headers: Record<string, string>; status: number | null }[] = [];
  const fetchThroughIt: typeof fetch = async (url, init) => {
    const headers = init?.headers as Record<string, string>;
    const attempt = { method: init!.method!, url: String(url), headers, status: null as number | null };
    sent.push(attempt);
    const send = async () => {
      const response = await fetch(url, init);
      attempt.status = response.status;
      return response;
    };
    return (transmissions[sent.length - 1] ?? ((arrive) => arrive()))(send, init!.signal!);
  };
  return { fetch: fetchThroughIt, sent };
}

/** Return the error of a promise. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result = [];
  for await (const item of items) {
    result.push(item);
  }
  return result;
}

export function slot(date: string, time: string, status: "AVAILABLE" | "BOOKED" = "AVAILABLE") {
  const end = `${String(Number(time.slice(0, 2)) + 1).padStart(2, "0")}${time.slice(2)}`;
  const instants = { startsAt: `${date}T${time}:00${OFFSET}`, endsAt: `${date}T${end}:00${OFFSET}` };
  return { time, durationMinutes: 60, ...instants, status };
}

function monday(weeks: number): string {
  const date = new Date();
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + 7 * weeks);
  return date.toISOString().slice(0, 10);
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} isn't set: the tests need the functions. Run: make test T=tests/client`);
  }
  return value;
}

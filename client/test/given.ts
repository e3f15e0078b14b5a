/** What tests start from: tutors on the real functions, and a network that fails when it is told to. */

import { createApiIn } from "../src/api.js";
import type { Api } from "../src/api.js";
import type { Ambient, ApiOptions } from "../src/transport.js";

export const API_URL = fromEnvironment("API_URL");
export const ADMIN = { token: fromEnvironment("ADMIN_TOKEN") };
/** The user of that token. */
export const ADMIN_USER = "aaaaaaaa-0000-4000-8000-000000000001";

/** A Monday that is the future in every zone, and the one after it. */
export const MONDAY = monday(2);
export const NEXT_MONDAY = monday(3);
/** The offset of the tutors' zone, all year round. */
export const OFFSET = "+05:45";

export interface Tutor {
  id: string;
  userId: string;
  token: string;
}

export const addTutor = (timeZone = "Asia/Kathmandu"): Promise<Tutor> => given("tutor", { timeZone });
export const book = (tutor: Tutor, date: string, time: string) => given("booking", { tutorId: tutor.id, date, time });
export const sql = (statement: string) => given("sql", { statement });
export const letDatabaseBe = (which: "there" | "away" | "misspelt") => given("database", { which });

async function given<T>(what: string, how: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${API_URL}/given/${what}`, { method: "POST", body: JSON.stringify(how), headers });
  if (!response.ok) {
    throw new Error(`${what}: ${await response.text()}`);
  }
  return (await response.json()) as T;
}

/** Returns the API for a caller, in a world whose clock stands still and where waiting takes no time. */
export function apiFor(
  caller: { token: string } | null,
  options: Partial<Omit<ApiOptions, "urls" | "baseUrl">> = {},
  ambient: Partial<Ambient> = {},
): Api {
  const calm: Ambient = { now: () => 0, random: () => 0.5, sleep: async () => {}, hasHttpCache: false };
  return createApiIn({ ...calm, ...ambient }, { baseUrl: API_URL, getToken: () => caller?.token, ...options });
}

/** What becomes of one attempt: `send` sends it. */
export type Fate = (send: () => Promise<Response>, signal: AbortSignal) => Promise<Response>;

export const lostOnItsWay: Fate = async () => {
  throw new TypeError("connection refused");
};
export const answerLost: Fate = async (send) => {
  await (await send()).text();
  throw new TypeError("connection reset");
};
export const neverAnswered: Fate = () => new Promise(() => {});
export const answeredAs =
  (status: number, headers: Record<string, string> = {}, body = "<h1>Oh no</h1>"): Fate =>
  async (send) => {
    await (await send()).text();
    return new Response(body, { status, headers });
  };

/** A network with a fate for each of the first attempts; the others arrive. */
export function network(...fates: Fate[]) {
  const sent: { method: string; url: string; headers: Record<string, string>; status: number | null }[] = [];
  const throughIt: typeof fetch = async (url, init) => {
    const headers = init?.headers as Record<string, string>;
    const attempt = { method: init!.method!, url: String(url), headers, status: null as number | null };
    sent.push(attempt);
    const send = async () => {
      const response = await fetch(url, init);
      attempt.status = response.status;
      return response;
    };
    return (fates[sent.length - 1] ?? ((arrive) => arrive()))(send, init!.signal!);
  };
  return { fetch: throughIt, sent };
}

/** Returns what was thrown. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
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

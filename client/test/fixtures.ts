/** Fixtures: tutors and bookings in the functions' database, and a `fetch` that can lose requests and answers. */

import { createApiOn } from "../src/api.js";
import type { Api } from "../src/api.js";
import type { ApiOptions, Platform } from "../src/transport.js";

export const API_URL = fromEnvironment("API_URL");
export const ADMIN = { token: fromEnvironment("ADMIN_TOKEN") };
/** The user id of the admin's token. */
export const ADMIN_USER = "auth0|support";

/** Two Mondays in a row that are in the future in every time zone. */
export const MONDAY = monday(2);
export const NEXT_MONDAY = monday(3);
/** The offset of the default time zone of `addTutor`, in winter and summer. */
export const OFFSET = "+05:45";

export interface Tutor {
  id: string;
  userId: string;
  token: string;
}

export const addTutor = (timeZone = "Asia/Kathmandu"): Promise<Tutor> => callFixture("tutor", { timeZone });
/** Add a student, who has this name in their token. */
export const addStudent = (name = "Ben"): Promise<Omit<Tutor, "id">> => callFixture("student", { name });
export const book = (tutor: Tutor, date: string, time: string) => callFixture("booking", { tutorId: tutor.id, date, time });
export const sql = (statement: string) => callFixture("sql", { statement });
/** Let the tutor's holds run out, as if the time had passed. */
export const runOut = ({ id }: Tutor) =>
  sql(
    "update bookings set created_at = now() - interval '2 days', hold_expires_at = now() - interval '1 day'" +
      ` where tutor_id = '${id}' and status = 'AWAITING_PAYMENT'`,
  );
/** Set an environment variable of the functions. */
export const setSetting = (name: string, value: string) => callFixture("setting", { name, value });
export const setDatabase = (which: "reachable" | "unreachable" | "invalid") => callFixture("database", { which });

async function callFixture<T>(name: string, body: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${API_URL}/fixtures/${name}`, { method: "POST", body: JSON.stringify(body), headers });
  if (!response.ok) {
    throw new Error(`${name}: ${await response.text()}`);
  }
  return (await response.json()) as T;
}

/** Return the API for a caller. By default, its clock stands still, and its `sleep` doesn't wait. */
export function apiFor(
  caller: { token: string } | null,
  options: Partial<Omit<ApiOptions, "urls" | "baseUrl">> = {},
  platform: Partial<Platform> = {},
): Api {
  const testPlatform: Platform = { now: () => 0, random: () => 0.5, sleep: async () => {}, hasHttpCache: false };
  return createApiOn({ ...testPlatform, ...platform }, { baseUrl: API_URL, getToken: () => caller?.token, ...options });
}

/** Handles a request in place of the network. `send` sends the request to the functions and returns their answer. */
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

/** Return a `fetch` and the list of its requests. `transmissions` handle the first requests; all others are sent. */
export function network(...transmissions: Transmission[]) {
  const sent: { method: string; url: string; headers: Record<string, string>; body: unknown; status: number | null }[] = [];
  const fetchAndRecord: typeof fetch = async (url, init) => {
    const headers = init?.headers as Record<string, string>;
    const body = init!.body && JSON.parse(String(init!.body));
    const request = { method: init!.method!, url: String(url), headers, body, status: null as number | null };
    sent.push(request);
    const send = async () => {
      const response = await fetch(url, init);
      request.status = response.status;
      return response;
    };
    return (transmissions[sent.length - 1] ?? ((send) => send()))(send, init!.signal!);
  };
  return { fetch: fetchAndRecord, sent };
}

/** Return the error that a promise rejects with; throw if it doesn't reject. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("no error was thrown");
}

/** Return all items of an asynchronous iterable. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const result = [];
  for await (const item of items) {
    result.push(item);
  }
  return result;
}

/** Return a slot of one hour as it is in an answer of the functions, for a tutor with the offset `OFFSET`. */
export function slot(date: string, time: string, status: "AVAILABLE" | "BOOKED" = "AVAILABLE") {
  const end = `${String(Number(time.slice(0, 2)) + 1).padStart(2, "0")}${time.slice(2)}`;
  const instants = { startsAt: `${date}T${time}:00${OFFSET}`, endsAt: `${date}T${end}:00${OFFSET}` };
  return { time, durationMinutes: 60, ...instants, status };
}

/** Return the Monday that is a number of weeks after the Monday of this week. */
function monday(weeks: number): string {
  const date = new Date();
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + 7 * weeks);
  return date.toISOString().slice(0, 10);
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} isn't set: these tests send requests to the functions. Run: make test T=tests/client`);
  }
  return value;
}

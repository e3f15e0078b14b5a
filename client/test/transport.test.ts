import { beforeEach, expect, test } from "vitest";

import { NetworkError, NotUnderstood, TimedOut, Unavailable, VersionMismatch } from "../src/errors.js";
import { platform } from "../src/transport.js";
import {
  MONDAY,
  NEXT_MONDAY,
  addTutor,
  all,
  answeredAs,
  answerLost,
  apiFor,
  errorOf,
  setDatabase,
  requestLost,
  network,
  neverAnswered,
  slot,
} from "./fixtures.js";
import type { Transmission, Tutor } from "./fixtures.js";

let tutor: Tutor;

beforeEach(async () => {
  tutor = await addTutor();
});

const NINE = [{ time: "09:00" }];

/** Return a `sleep` that doesn't wait, and the list of the waits (in milliseconds) that were passed to it. */
function fakeSleep() {
  const waits: number[] = [];
  return { waits, sleep: async (ms: number) => void waits.push(ms) };
}

test.each<[string, Transmission]>([
  ["a lost request", requestLost],
  ["a lost answer", answerLost],
  ["429", answeredAs(429)],
  ["502", answeredAs(502)],
  ["503", answeredAs(503)],
  ["504", answeredAs(504)],
])("after %s, a read is retried, and fails if two retries fail", async (_, transmission) => {
  const twice = network(transmission, transmission);
  const { days } = await apiFor(null, { fetch: twice.fetch }).availability.getAvailability(tutor.id);
  expect([days, twice.sent.length]).toEqual([[], 3]);
  const thrice = network(transmission, transmission, transmission);
  await errorOf(apiFor(null, { fetch: thrice.fetch }).availability.getAvailability(tutor.id));
  expect(thrice.sent.length).toBe(3);
});

test("requests that get 400, 404, 409 or 500 aren't retried", async () => {
  for (const status of [400, 404, 409, 500]) {
    const { fetch, sent } = network(answeredAs(status));
    await errorOf(apiFor(tutor, { fetch }).audit.getChangeStats(tutor.id));
    expect(sent.length).toBe(1);
  }
});

test("the waits between attempts grow and are random", async () => {
  const { waits, sleep } = fakeSleep();
  const { fetch } = network(requestLost, answerLost, requestLost);
  let value = 0;
  const random = () => (value += 0.25);
  await apiFor(null, { fetch, retries: 3 }, { sleep, random }).availability.getAvailability(tutor.id);
  expect(waits).toEqual([0.25 * 200, 0.5 * 400, 0.75 * 800]);
});

test("a retry waits as long as Retry-After says, in seconds or as a date, up to a limit", async () => {
  const { waits, sleep } = fakeSleep();
  const headers = ["3", "Thu, 01 Jan 1970 00:00:05 GMT", "86400", "99999999999999999999", "soon"];
  const { fetch } = network(...headers.map((value) => answeredAs(429, { "Retry-After": value })));
  await apiFor(null, { fetch, retries: 5 }, { sleep, random: () => 0 }).availability.getAvailability(tutor.id);
  expect(waits).toEqual([3000, 5000, 10_000, 10_000, 0]);
});

test("an edit with a version is retried after 503, and succeeds if the database can be reached again", async () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
    await setDatabase("reachable");
  };
  await setDatabase("unreachable");
  const { fetch, sent } = network();
  await apiFor(tutor, { fetch }, { sleep }).availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  expect([sent.map(({ status }) => status), waits]).toEqual([[503, 200], [2100]]);
});

test("an edit with a version is retried if its answer is lost, and is saved once", async () => {
  const { fetch, sent } = network(answerLost, answeredAs(502));
  const api = apiFor(tutor, { fetch });
  const saved = await api.availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  expect(sent.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(saved).toEqual({
    tutorId: tutor.id,
    days: [{ date: MONDAY, version: 1, timeSlots: [slot(MONDAY, "09:00")] }],
    changes: { added: 0, removed: 0 },
    diff: [],
    changeSetId: null,
    audit: "none",
  });
  const entries = await all(api.audit.getAvailabilityHistory(tutor.id));
  expect(entries.map((entry) => `${entry.action} ${entry.startTime} ${entry.version}`)).toEqual(["ADDED 09:00 1"]);
});

test("an edit with a version is retried if it times out after it was saved", async () => {
  const neverReturns: Transmission = async (send) => {
    await send();
    return new Promise(() => {});
  };
  const options = { timeoutMs: 2000, retries: 20 };
  const { availability } = apiFor(tutor, { ...options, fetch: network(neverReturns).fetch });
  const saved = await availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  expect([saved.days[0]!.version, saved.changes]).toEqual([1, { added: 0, removed: 0 }]);
});

test("the retry of an edit with a version doesn't overwrite another user's edit", async () => {
  const other = apiFor(tutor);
  const overtakenAndLost: Transmission = async (send) => {
    await send();
    await other.availability.updateAvailability(tutor.id, MONDAY, [{ time: "15:00" }]);
    throw new TypeError("connection reset");
  };
  const { fetch } = network(overtakenAndLost);
  const edit = apiFor(tutor, { fetch }).availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  const error = await errorOf(edit);
  expect(error).toBeInstanceOf(VersionMismatch);
  expect(error.days).toEqual([{ date: MONDAY, version: 2, timeSlots: [slot(MONDAY, "15:00")] }]);
});

test("reverts, and edits that lack the version of a day, are sent once", async () => {
  const days = [
    { date: MONDAY, timeSlots: NINE, version: 0 },
    { date: NEXT_MONDAY, timeSlots: NINE, version: null },
  ];
  for (const transmission of [requestLost, answerLost, answeredAs(503)]) {
    const one = network(transmission);
    await errorOf(apiFor(tutor, { fetch: one.fetch }).availability.updateAvailability(tutor.id, MONDAY, NINE));
    const many = network(transmission);
    await errorOf(apiFor(tutor, { fetch: many.fetch }).availability.updateDays(tutor.id, days));
    const undone = network(transmission);
    await errorOf(apiFor(tutor, { fetch: undone.fetch }).availability.revert(tutor.id, crypto.randomUUID()));
    expect([one.sent.length, many.sent.length, undone.sent.length]).toEqual([1, 1, 1]);
  }
});

test("dry runs, and edits with a version for each day, are retried", async () => {
  await apiFor(tutor).availability.updateAvailability(tutor.id, MONDAY, NINE);
  const apiLosingAnAnswer = () => apiFor(tutor, { fetch: network(answerLost).fetch }).availability;
  const days = [{ date: NEXT_MONDAY, timeSlots: NINE, version: 0 }];
  const dry = await apiLosingAnAnswer().updateAvailability(tutor.id, MONDAY, [], { dryRun: true });
  const saved = await apiLosingAnAnswer().updateDays(tutor.id, days);
  expect([dry.changes, saved.days]).toEqual([
    { added: 0, removed: 1 },
    [{ date: NEXT_MONDAY, version: 1, timeSlots: [slot(NEXT_MONDAY, "09:00")] }],
  ]);
  expect((await apiFor(tutor).audit.getAvailabilityHistory(tutor.id)).length).toBe(2);
});

test("each attempt has a separate time limit, and calls getToken", async () => {
  const tokens: string[] = [];
  const getToken = () => {
    tokens.push("token");
    return tutor.token;
  };
  const { fetch, sent } = network(neverAnswered, neverAnswered);
  const { audit } = apiFor(null, { fetch, getToken, timeoutMs: 20, retries: 1 });
  const error = await errorOf(audit.getChangeStats(tutor.id));
  expect(error).toBeInstanceOf(TimedOut);
  expect([error.name, error.message]).toEqual(["TimedOut", "no answer came within 20 ms"]);
  expect([sent.length, tokens.length]).toEqual([2, 2]);
});

test("an answer that never ends and a getToken that never returns time out", async () => {
  const endless: Transmission = async () => new Response(new ReadableStream());
  const { fetch } = network(endless);
  const options = { timeoutMs: 20, retries: 0 };
  const { availability } = apiFor(null, { ...options, fetch });
  expect(await errorOf(availability.getAvailability(tutor.id))).toBeInstanceOf(TimedOut);
  const getToken = () => new Promise<string>(() => {});
  expect(await errorOf(apiFor(null, { ...options, getToken }).audit.getChangeStats(tutor.id))).toBeInstanceOf(TimedOut);
});

test("a request that is aborted during getToken isn't sent", async () => {
  const controller = new AbortController();
  let resolveToken = () => {};
  const getToken = async () => {
    controller.abort("left");
    await new Promise<void>((resolve) => (resolveToken = resolve));
    return tutor.token;
  };
  const { fetch, sent } = network();
  const { availability } = apiFor(null, { fetch, getToken });
  const edit = availability.updateAvailability(tutor.id, MONDAY, NINE, { signal: controller.signal });
  expect(await errorOf(edit)).toBe("left");
  resolveToken();
  await new Promise(setImmediate);
  expect(sent).toEqual([]);
});

test("a time-out aborts the request", async () => {
  let aborted: unknown;
  const listening: Transmission = (_, signal) =>
    new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason)));
  const { fetch } = network(listening);
  const { availability } = apiFor(null, { fetch, timeoutMs: 20, retries: 0 });
  const error = await errorOf(availability.getAvailability(tutor.id));
  expect(aborted).toBe(error);
});

test("a call that is aborted before, during or between attempts rejects with the signal's reason", async () => {
  const reason = { left: "the page" };
  const first = network();
  const aborted = AbortSignal.abort(reason);
  const { availability } = apiFor(null, { fetch: first.fetch });
  expect(await errorOf(availability.getAvailability(tutor.id, undefined, undefined, { signal: aborted }))).toBe(reason);
  expect(first.sent).toEqual([]);

  const during = new AbortController();
  const aborting: Transmission = async (send) => {
    during.abort(reason);
    return send();
  };
  const second = network(aborting);
  const edit = { version: 0, signal: during.signal };
  const update = apiFor(tutor, { fetch: second.fetch }).availability.updateAvailability(tutor.id, MONDAY, NINE, edit);
  expect(await errorOf(update)).toBe(reason);
  expect(second.sent.length).toBe(1);

  const between = new AbortController();
  const sleep = (_: number, signal: AbortSignal | undefined) => {
    queueMicrotask(() => between.abort(reason));
    return platform.sleep(2 ** 31 - 1, signal);
  };
  const third = network(requestLost);
  const stats = apiFor(tutor, { fetch: third.fetch }, { sleep }).audit.getChangeStats(tutor.id, 7, between);
  expect(await errorOf(stats)).toBe(reason);
  expect(third.sent.length).toBe(1);
});

test("after an abort, a history requests no more pages", async () => {
  const times = ["09:00", "10:00"].map((time) => ({ time }));
  await apiFor(tutor).availability.updateAvailability(tutor.id, MONDAY, times);
  const controller = new AbortController();
  const history = apiFor(tutor).audit.getAvailabilityHistory(tutor.id, 30, { limit: 1, signal: controller.signal });
  await history;
  controller.abort("enough");
  expect(await errorOf(all(history))).toBe("enough");
});

test("an unchanged answer isn't sent again, and a caller that changes its copy doesn't change the cache", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(tutor, { fetch });
  const read = () => availability.getAvailability(tutor.id, MONDAY, MONDAY);
  await availability.updateAvailability(tutor.id, MONDAY, NINE);
  const before = await read();
  const copy = structuredClone(before);
  before.days[0]!.timeSlots.length = 0;
  expect(await read()).toEqual(copy);
  expect(await read()).toEqual(copy);
  await availability.updateAvailability(tutor.id, MONDAY, []);
  expect((await read()).days).toEqual([{ date: MONDAY, version: 2, timeSlots: [] }]);
  expect(sent.map(({ method, status }) => [method, status])).toEqual([
    ["PUT", 200],
    ["GET", 200],
    ["GET", 304],
    ["GET", 304],
    ["PUT", 200],
    ["GET", 200],
  ]);
});

test("an incomplete answer isn't cached", async () => {
  const cutShort: Transmission = async (send) => {
    const response = await send();
    return new Response((await response.text()).slice(0, 20), response);
  };
  const { fetch, sent } = network(cutShort);
  const { availability } = apiFor(null, { fetch });
  expect(await errorOf(availability.getAvailability(tutor.id))).toBeInstanceOf(NotUnderstood);
  expect((await availability.getAvailability(tutor.id)).days).toEqual([]);
  expect(sent.map(({ status }) => status)).toEqual([200, 200]);
});

test("the cache keeps the fifty answers that were used last", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(null, { fetch });
  const read = (year: number) => availability.getAvailability(tutor.id, `${year}-01-01`, `${year}-01-02`);
  for (let year = 2001; year <= 2050; year++) {
    await read(year);
  }
  for (const year of [2001, 2051, 2001, 2002]) {
    await read(year);
  }
  expect(sent.slice(-4).map(({ status }) => status)).toEqual([304, 200, 304, 200]);
});

test("answers to requests with a token aren't cached", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(tutor, { fetch });
  const read = (explain: boolean) => availability.getAvailability(tutor.id, MONDAY, MONDAY, { explain });
  await read(true);
  await read(true);
  expect(sent.map(({ status }) => status)).toEqual([200, 200]);
});

test("on a platform with an HTTP cache, the client doesn't cache and sends no If-None-Match", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(tutor, { fetch }, { hasHttpCache: true });
  await availability.getAvailability(tutor.id);
  await availability.getAvailability(tutor.id);
  expect(sent.map(({ headers, status }) => [headers, status])).toEqual([
    [{}, 200],
    [{}, 200],
  ]);
});

test("on Node, the platform has no HTTP cache, and its clock, random numbers and sleep are real", async () => {
  expect(platform.hasHttpCache).toBe(false);
  expect(platform.now()).toBeLessThanOrEqual(Date.now());
  expect(platform.random()).toBeLessThan(1);
  await platform.sleep(0, undefined);
  const reason = await errorOf(platform.sleep(2 ** 31 - 1, AbortSignal.abort("late")));
  expect(reason).toBe("late");
});

test("the error of the last attempt is thrown", async () => {
  const problem = { type: "urn:x", title: "Down", status: 503, detail: "down", code: "unavailable" };
  const down = answeredAs(503, { "Content-Type": "application/problem+json" }, JSON.stringify(problem));
  const read = (...transmissions: Transmission[]) =>
    errorOf(apiFor(null, { fetch: network(...transmissions).fetch, retries: 1 }).availability.getAvailability(tutor.id));
  expect(await read(requestLost, down)).toBeInstanceOf(Unavailable);
  expect(await read(down, requestLost)).toBeInstanceOf(NetworkError);
});

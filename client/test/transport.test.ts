import { beforeEach, expect, test } from "vitest";

import { NetworkError, NotUnderstood, TimedOut, Unavailable, VersionMismatch } from "../src/errors.js";
import { real } from "../src/transport.js";
import {
  MONDAY,
  NEXT_MONDAY,
  addTutor,
  all,
  answeredAs,
  answerLost,
  apiFor,
  errorOf,
  letDatabaseBe,
  lostOnItsWay,
  network,
  neverAnswered,
  slot,
} from "./given.js";
import type { Fate, Tutor } from "./given.js";

let tutor: Tutor;

beforeEach(async () => {
  tutor = await addTutor();
});

const NINE = [{ time: "09:00" }];

/** Waits that are noted down, and take no time. */
function waiting() {
  const waits: number[] = [];
  return { waits, sleep: async (ms: number) => void waits.push(ms) };
}

test.each<[string, Fate]>([
  ["a request that is lost", lostOnItsWay],
  ["an answer that is lost", answerLost],
  ["429", answeredAs(429)],
  ["502", answeredAs(502)],
  ["503", answeredAs(503)],
  ["504", answeredAs(504)],
])("a read survives %s twice, and gives up the third time", async (_, fate) => {
  const twice = network(fate, fate);
  const { days } = await apiFor(null, { fetch: twice.fetch }).availability.getAvailability(tutor.id);
  expect([days, twice.sent.length]).toEqual([[], 3]);
  const thrice = network(fate, fate, fate);
  await errorOf(apiFor(null, { fetch: thrice.fetch }).availability.getAvailability(tutor.id));
  expect(thrice.sent.length).toBe(3);
});

test("other refusals aren't asked about again", async () => {
  for (const status of [400, 404, 409, 500]) {
    const { fetch, sent } = network(answeredAs(status));
    await errorOf(apiFor(tutor, { fetch }).audit.getChangeStats(tutor.id));
    expect(sent.length).toBe(1);
  }
});

test("waits grow, and a part of each is left to chance", async () => {
  const { waits, sleep } = waiting();
  const { fetch } = network(lostOnItsWay, answerLost, lostOnItsWay);
  let chance = 0;
  const random = () => (chance += 0.25);
  await apiFor(null, { fetch, retries: 3 }, { sleep, random }).availability.getAvailability(tutor.id);
  expect(waits).toEqual([0.25 * 200, 0.5 * 400, 0.75 * 800]);
});

test("Retry-After is waited for, in seconds or until a date, but not for ever", async () => {
  const { waits, sleep } = waiting();
  const told = ["3", "Thu, 01 Jan 1970 00:00:05 GMT", "86400", "99999999999999999999", "soon"];
  const { fetch } = network(...told.map((value) => answeredAs(429, { "Retry-After": value })));
  await apiFor(null, { fetch, retries: 5 }, { sleep, random: () => 0 }).availability.getAvailability(tutor.id);
  expect(waits).toEqual([3000, 5000, 10_000, 10_000, 0]);
});

test("an outage that ends in time isn't noticed", async () => {
  const waits: number[] = [];
  const sleep = async (ms: number) => {
    waits.push(ms);
    await letDatabaseBe("there");
  };
  await letDatabaseBe("away");
  const { fetch, sent } = network();
  await apiFor(tutor, { fetch }, { sleep }).availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  expect([sent.map(({ status }) => status), waits]).toEqual([[503, 200], [2100]]);
});

test("a guarded edit whose answer is lost is sent again: nothing is lost, and nothing is done twice", async () => {
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

test("a guarded edit that took effect, and then too long, is sent again", async () => {
  const stuck: Fate = async (send) => {
    await send();
    return new Promise(() => {});
  };
  const patient = { timeoutMs: 2000, retries: 20 };
  const { availability } = apiFor(tutor, { ...patient, fetch: network(stuck).fetch });
  const saved = await availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  expect([saved.days[0]!.version, saved.changes]).toEqual([1, { added: 0, removed: 0 }]);
});

test("a guarded edit that is sent again overwrites nobody", async () => {
  const other = apiFor(tutor);
  const overtaken: Fate = async (send) => {
    await send();
    await other.availability.updateAvailability(tutor.id, MONDAY, [{ time: "15:00" }]);
    throw new TypeError("connection reset");
  };
  const { fetch } = network(overtaken);
  const edit = apiFor(tutor, { fetch }).availability.updateAvailability(tutor.id, MONDAY, NINE, { version: 0 });
  const error = await errorOf(edit);
  expect(error).toBeInstanceOf(VersionMismatch);
  expect(error.days).toEqual([{ date: MONDAY, version: 2, timeSlots: [slot(MONDAY, "15:00")] }]);
});

test("what has no version is sent once: an edit, one of many days if one has none, and a revert", async () => {
  const days = [
    { date: MONDAY, timeSlots: NINE, version: 0 },
    { date: NEXT_MONDAY, timeSlots: NINE, version: null },
  ];
  for (const fate of [lostOnItsWay, answerLost, answeredAs(503)]) {
    const one = network(fate);
    await errorOf(apiFor(tutor, { fetch: one.fetch }).availability.updateAvailability(tutor.id, MONDAY, NINE));
    const many = network(fate);
    await errorOf(apiFor(tutor, { fetch: many.fetch }).availability.updateDays(tutor.id, days));
    const undone = network(fate);
    await errorOf(apiFor(tutor, { fetch: undone.fetch }).availability.revert(tutor.id, crypto.randomUUID()));
    expect([one.sent.length, many.sent.length, undone.sent.length]).toEqual([1, 1, 1]);
  }
});

test("guarded days and dry runs are sent again", async () => {
  await apiFor(tutor).availability.updateAvailability(tutor.id, MONDAY, NINE);
  const throughLosses = () => apiFor(tutor, { fetch: network(answerLost).fetch }).availability;
  const days = [{ date: NEXT_MONDAY, timeSlots: NINE, version: 0 }];
  const dry = await throughLosses().updateAvailability(tutor.id, MONDAY, [], { dryRun: true });
  const guarded = await throughLosses().updateDays(tutor.id, days);
  expect([dry.changes, guarded.days]).toEqual([
    { added: 0, removed: 1 },
    [{ date: NEXT_MONDAY, version: 1, timeSlots: [slot(NEXT_MONDAY, "09:00")] }],
  ]);
  expect((await apiFor(tutor).audit.getAvailabilityHistory(tutor.id)).length).toBe(2);
});

test("each attempt has its own time, and its own token", async () => {
  const tokens: string[] = [];
  const getToken = () => {
    tokens.push("asked");
    return tutor.token;
  };
  const { fetch, sent } = network(neverAnswered, neverAnswered);
  const { audit } = apiFor(null, { fetch, getToken, timeoutMs: 20, retries: 1 });
  const error = await errorOf(audit.getChangeStats(tutor.id));
  expect(error).toBeInstanceOf(TimedOut);
  expect([error.name, error.message]).toEqual(["TimedOut", "no answer came within 20 ms"]);
  expect([sent.length, tokens.length]).toEqual([2, 2]);
});

test("an answer that never ends, and a token that never comes, time out, too", async () => {
  const endless: Fate = async () => new Response(new ReadableStream());
  const { fetch } = network(endless);
  const hurried = { timeoutMs: 20, retries: 0 };
  const { availability } = apiFor(null, { ...hurried, fetch });
  expect(await errorOf(availability.getAvailability(tutor.id))).toBeInstanceOf(TimedOut);
  const getToken = () => new Promise<string>(() => {});
  expect(await errorOf(apiFor(null, { ...hurried, getToken }).audit.getChangeStats(tutor.id))).toBeInstanceOf(TimedOut);
});

test("what was aborted while the token was fetched isn't sent", async () => {
  const controller = new AbortController();
  let tokenCame = () => {};
  const getToken = async () => {
    controller.abort("left");
    await new Promise<void>((resolve) => (tokenCame = resolve));
    return tutor.token;
  };
  const { fetch, sent } = network();
  const { availability } = apiFor(null, { fetch, getToken });
  const edit = availability.updateAvailability(tutor.id, MONDAY, NINE, { signal: controller.signal });
  expect(await errorOf(edit)).toBe("left");
  tokenCame();
  await new Promise(setImmediate);
  expect(sent).toEqual([]);
});

test("a timeout aborts what it gave up", async () => {
  let aborted: unknown;
  const listening: Fate = (_, signal) =>
    new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason)));
  const { fetch } = network(listening);
  const { availability } = apiFor(null, { fetch, timeoutMs: 20, retries: 0 });
  const error = await errorOf(availability.getAvailability(tutor.id));
  expect(aborted).toBe(error);
});

test("an abort rejects with the caller's own reason: beforehand, under way, and between two attempts", async () => {
  const why = { left: "the page" };
  const beforehand = network();
  const aborted = AbortSignal.abort(why);
  const first = apiFor(null, { fetch: beforehand.fetch }).availability;
  expect(await errorOf(first.getAvailability(tutor.id, undefined, undefined, { signal: aborted }))).toBe(why);
  expect(beforehand.sent).toEqual([]);

  const underWay = new AbortController();
  const aborting: Fate = async (send) => {
    underWay.abort(why);
    return send();
  };
  const second = network(aborting);
  const edit = { version: 0, signal: underWay.signal };
  const update = apiFor(tutor, { fetch: second.fetch }).availability.updateAvailability(tutor.id, MONDAY, NINE, edit);
  expect(await errorOf(update)).toBe(why);
  expect(second.sent.length).toBe(1);

  const between = new AbortController();
  const sleep = (_: number, signal: AbortSignal | undefined) => {
    queueMicrotask(() => between.abort(why));
    return real.sleep(2 ** 31 - 1, signal);
  };
  const third = network(lostOnItsWay);
  const stats = apiFor(tutor, { fetch: third.fetch }, { sleep }).audit.getChangeStats(tutor.id, 7, between);
  expect(await errorOf(stats)).toBe(why);
  expect(third.sent.length).toBe(1);
});

test("the pages of a history stop with its signal", async () => {
  const times = ["09:00", "10:00"].map((time) => ({ time }));
  await apiFor(tutor).availability.updateAvailability(tutor.id, MONDAY, times);
  const controller = new AbortController();
  const history = apiFor(tutor).audit.getAvailabilityHistory(tutor.id, 30, { limit: 1, signal: controller.signal });
  await history;
  controller.abort("enough");
  expect(await errorOf(all(history))).toBe("enough");
});

test("an answer that still holds isn't sent again, and isn't spoilt by who got it", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(tutor, { fetch });
  const ask = () => availability.getAvailability(tutor.id, MONDAY, MONDAY);
  await availability.updateAvailability(tutor.id, MONDAY, NINE);
  const before = await ask();
  const copy = structuredClone(before);
  before.days[0]!.timeSlots.length = 0;
  expect(await ask()).toEqual(copy);
  expect(await ask()).toEqual(copy);
  await availability.updateAvailability(tutor.id, MONDAY, []);
  expect((await ask()).days).toEqual([{ date: MONDAY, version: 2, timeSlots: [] }]);
  expect(sent.map(({ method, status }) => [method, status])).toEqual([
    ["PUT", 200],
    ["GET", 200],
    ["GET", 304],
    ["GET", 304],
    ["PUT", 200],
    ["GET", 200],
  ]);
});

test("an answer that was cut short isn't remembered", async () => {
  const cutShort: Fate = async (send) => {
    const response = await send();
    return new Response((await response.text()).slice(0, 20), response);
  };
  const { fetch, sent } = network(cutShort);
  const { availability } = apiFor(null, { fetch });
  expect(await errorOf(availability.getAvailability(tutor.id))).toBeInstanceOf(NotUnderstood);
  expect((await availability.getAvailability(tutor.id)).days).toEqual([]);
  expect(sent.map(({ status }) => status)).toEqual([200, 200]);
});

test("fifty answers are remembered, those that were used last", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(null, { fetch });
  const ask = (year: number) => availability.getAvailability(tutor.id, `${year}-01-01`, `${year}-01-02`);
  for (let year = 2001; year <= 2050; year++) {
    await ask(year);
  }
  for (const year of [2001, 2051, 2001, 2002]) {
    await ask(year);
  }
  expect(sent.slice(-4).map(({ status }) => status)).toEqual([304, 200, 304, 200]);
});

test("what was told to one caller alone isn't remembered", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(tutor, { fetch });
  const ask = (explain: boolean) => availability.getAvailability(tutor.id, MONDAY, MONDAY, { explain });
  await ask(true);
  await ask(true);
  expect(sent.map(({ status }) => status)).toEqual([200, 200]);
});

test("where the platform has a cache, the client has none, and no header costs a preflight", async () => {
  const { fetch, sent } = network();
  const { availability } = apiFor(tutor, { fetch }, { hasHttpCache: true });
  await availability.getAvailability(tutor.id);
  await availability.getAvailability(tutor.id);
  expect(sent.map(({ headers, status }) => [headers, status])).toEqual([
    [{}, 200],
    [{}, 200],
  ]);
});

test("Node has no cache, and its clock, chance and sleep are the real ones", async () => {
  expect(real.hasHttpCache).toBe(false);
  expect(real.now()).toBeLessThanOrEqual(Date.now());
  expect(real.random()).toBeLessThan(1);
  await real.sleep(0, undefined);
  const reason = await errorOf(real.sleep(2 ** 31 - 1, AbortSignal.abort("late")));
  expect(reason).toBe("late");
});

test("what was thrown last is what is told", async () => {
  const problem = { type: "urn:x", title: "Down", status: 503, detail: "down", code: "unavailable" };
  const down = answeredAs(503, { "Content-Type": "application/problem+json" }, JSON.stringify(problem));
  const read = (...fates: Fate[]) =>
    errorOf(apiFor(null, { fetch: network(...fates).fetch, retries: 1 }).availability.getAvailability(tutor.id));
  expect(await read(lostOnItsWay, down)).toBeInstanceOf(Unavailable);
  expect(await read(down, lostOnItsWay)).toBeInstanceOf(NetworkError);
});

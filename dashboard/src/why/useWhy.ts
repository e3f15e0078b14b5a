import type { Api, Booking, Day, Entry } from "slotledger-client";
import { dateAt, spanOf } from "../clock";
import { ReadableError } from "../labels";
import { t } from "../texts";
import { addDays } from "../time";
import { useAnswer } from "../useAnswer";
import { EARLIEST, instantsOf } from "../history/instants";
import { factsOf, startOf } from "./life";
import type { Fact } from "./life";
import { isCertain, putBackOf, verdictOf } from "./verdict";
import type { PutBack, Verdict } from "./verdict";

/** The answer to why a slot is as it is. */
export interface Why {
  zone: string;
  start: number;
  end: number;
  facts: Fact[];
  verdict: Verdict;
  isCertain: boolean;
  putBack: PutBack | null;
}

/** The log goes back so far at most. */
const ALL_DAYS = 3650;
const HOUR_MS = 60 * 60 * 1000;
/** A slot that covers an instant has a date at most this many days from the tutor's. */
const DAYS_AROUND = 2;

/** Find out why the slot of a moment is as it is. The moment is local time of the tutor, or an instant. */
export function useWhy(api: Api, tutorId: string, at: string, hasBookings: boolean) {
  return useAnswer("why", [tutorId, at], (signal) => findOut(api, tutorId, at, hasBookings, signal), { isKept: false });
}

async function findOut(api: Api, tutorId: string, at: string, hasBookings: boolean, signal: AbortSignal): Promise<Why> {
  const isInstant = /(Z|[+-]\d\d:\d\d)$/.test(at);
  const day = isInstant ? new Date(at).toISOString().slice(0, 10) : at.slice(0, 10);
  const [from, to] = [addDays(day, -DAYS_AROUND), addDays(day, DAYS_AROUND)];
  const { timeZone: zone, days } = await api.availability.getAvailability(tutorId, from, to, { explain: true, signal });
  const moment = isInstant ? at : instantsOf(at, zone)[0];
  if (moment === undefined) {
    throw new ReadableError(t.why.noSuchTime);
  }
  const asked = Date.parse(moment);
  const entriesOf = async (dates: readonly string[]) =>
    (
      await Promise.all(
        dates.map((date) => api.audit.getAvailabilityHistory(tutorId, ALL_DAYS, { date, limit: 1000, signal })),
      )
    ).flat();
  const date = dateAt(zone, asked);
  let entries = await entriesOf([date]);
  if (startAround(asked, zone, days, entries) === undefined) {
    // The slot of a zone where it is another day, or one that began before midnight.
    entries = [...entries, ...(await entriesOf([addDays(date, -1), addDays(date, 1)]))];
  }
  const start = startAround(asked, zone, days, entries) ?? asked;
  const [bookings, { complete = true }] = await Promise.all([
    hasBookings ? bookingsAt(api, tutorId, start, signal) : [],
    api.availability.getAvailability(tutorId, date, date, { asOf: EARLIEST, signal }),
  ]);
  return answerOf({ zone, days, entries, bookings, start, isComplete: complete, now: Date.now() });
}

async function bookingsAt(api: Api, tutorId: string, start: number, signal: AbortSignal): Promise<Booking[]> {
  const [from, to] = [start, start + 1000].map((instant) => new Date(instant).toISOString());
  return (await api.bookings.list({ tutorId }, { from, to, limit: 200, signal })).bookings;
}

/**
 * Return the start of the slot that is or was offered at an instant: one that starts then, or else one that is going on.
 * Return undefined if there is and was none.
 */
export function startAround(instant: number, zone: string, days: readonly Day[], entries: readonly Entry[]): number | undefined {
  const slots = days.flatMap(({ date, timeSlots }) => timeSlots.map((slot) => spanOf(date, { ...slot, timeZone: slot.timeZone ?? zone })));
  const removed = entries.map((entry) => [startOf(entry), startOf(entry) + entry.durationMinutes * 60_000] as const);
  const spans = [...slots, ...removed];
  return (spans.find(([start]) => start === instant) ?? spans.find(([start, end]) => start <= instant && instant < end))?.[0];
}

interface Found {
  zone: string;
  days: readonly Day[];
  entries: readonly Entry[];
  bookings: readonly Booking[];
  start: number;
  isComplete: boolean;
  now: number;
}

/** Return why the slot that starts at an instant is as it is, from everything that was found about it. */
export function answerOf({ zone, days, entries, bookings, start, isComplete, now }: Found): Why {
  const facts = factsOf(start, entries, bookings);
  const slot = days.flatMap(({ timeSlots }) => timeSlots).find(({ startsAt }) => Date.parse(startsAt) === start);
  const verdict = verdictOf({ facts, slot, isComplete, start, now });
  const minutes = facts.findLast(({ entry }) => entry)?.entry?.durationMinutes;
  const end = slot ? Date.parse(slot.endsAt) : start + (minutes ? minutes * 60_000 : HOUR_MS);
  return { zone, start, end, facts, verdict, isCertain: isCertain({ facts, isComplete }, verdict), putBack: putBackOf(verdict, days, zone, now) };
}

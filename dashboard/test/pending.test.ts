import type { FoundSlot } from "slotledger-client";
import { beforeEach, expect, test } from "vitest";
import { forgetPending, pendingOrder, toSend } from "../src/book/pending";
import type { Order } from "../src/book/pending";

const NOW = 1_800_000_000_000;

function order(startsAt: string, repeat: Order["repeat"] = null): Order {
  return { slot: { tutorId: "t", startsAt, durationMinutes: 45 } as FoundSlot, repeat };
}

const FIRST = order("2026-12-01T17:00:00+13:00");

beforeEach(forgetPending);

test("the same order is sent again with the same key, also if its instant is written in another way", () => {
  const { key } = toSend(FIRST, "ben", NOW);
  const again = toSend(order("2026-12-01T04:00:00Z"), "ben", NOW + 60_000);
  expect(again).toMatchObject({ key, order: FIRST });
});

test("another order has a key of its own", () => {
  const keys = [FIRST, order("2026-12-01T05:00:00Z"), order("2026-12-01T05:00:00Z", { everyWeeks: 1, count: 8 })].map(
    (each) => toSend(each, "ben", NOW).key,
  );
  expect(new Set(keys).size).toBe(3);
});

test("an order is pending until its answer has arrived", () => {
  toSend(FIRST, "ben", NOW);
  expect(pendingOrder("ben", NOW)).toEqual(FIRST);
  forgetPending();
  expect(pendingOrder("ben", NOW)).toBeNull();
});

test("an order isn't repeated for another user, or after ten minutes", () => {
  toSend(FIRST, "ben", NOW);
  expect([pendingOrder("mia", NOW), pendingOrder("ben", NOW + 600_000)]).toEqual([null, null]);
  expect(pendingOrder("ben", NOW + 599_000)).toEqual(FIRST);
});

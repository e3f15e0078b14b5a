import { expect, test } from "vitest";
import type { Booking } from "slotledger-client";
import { shadowCss } from "../shadowCss";
import { settingsOf } from "../src/config";
import { eventsOf } from "../src/embed/embedding";

function booking(bookingId: string, status: Booking["status"]): Booking {
  return { bookingId, status } as Booking;
}

test("what a student does is reported by the status of the bookings", () => {
  const [held, booked, cancelled] = [booking("1", "AWAITING_PAYMENT"), booking("2", "CONFIRMED"), booking("3", "CANCELLED")];
  expect(eventsOf([held])).toEqual([{ type: "held", bookings: [held] }]);
  expect(eventsOf([booked, booking("4", "CONFIRMED")])).toEqual([{ type: "booked", bookings: [booked, booking("4", "CONFIRMED")] }]);
  // A lesson that moves: the old time is free before the new one is booked.
  expect(eventsOf([booked, cancelled])).toEqual([
    { type: "cancelled", bookings: [cancelled] },
    { type: "booked", bookings: [booked] },
  ]);
  // A hold that ran out, and was booked anew when it was confirmed.
  expect(eventsOf([booked, booking("5", "EXPIRED")])).toEqual([{ type: "booked", bookings: [booked] }]);
  expect(eventsOf([])).toEqual([]);
});

test("embedders are origins, also if the config has a path", () => {
  const { embedders } = settingsOf({ embedders: ["https://www.example.com/", "http://localhost:3000"] });
  expect(embedders).toEqual(["https://www.example.com", "http://localhost:3000"]);
  expect(settingsOf({}).embedders).toEqual([]);
});

test.each(["www.example.com", "null", "file:///page.html", "*"])("%s is no embedder", (embedder) => {
  expect(() => settingsOf({ embedders: [embedder] })).toThrow();
});

test.each([
  [":root { --a: 0.75rem; }", ".page { --a: calc(0.75 * var(--rem)); }"],
  ['html,\nbody { margin: 0 }\n:root[data-theme="dark"] { }', '.page,\n.page { margin: 0 }\n.page[data-theme="dark"] { }'],
  ["/* The body is 2rem. */.a { }", ".a { }"],
  ["tbody, .body { }", "tbody, .body { }"],
  ["@media (max-width: 760px) { .a { top: -1rem } }", "@container (max-width: 760px) { .a { top: calc(-1 * var(--rem)) } }"],
  ["@media (min-width: 40rem) { }", "@container (min-width: 640px) { }"],
  ["@media (forced-colors: active) { }", "@media (forced-colors: active) { }"],
])("the style sheet %j is for a shadow root %j", (css, expected) => {
  expect(shadowCss(css)).toBe(expected);
});

/**
 * A request to book whose answer hasn't arrived. It is stored until the tab is closed. If the answer is lost, also by a
 * reload, the request is repeated with the same key: then the server books once.
 */

import type { FoundSlot } from "slotledger-client";
import { readStored, store } from "../storage";
import type { Rhythm } from "./search";

/** What to book, once or repeatedly. */
export interface Order {
  slot: FoundSlot;
  repeat: Rhythm | null;
}

/** An order that was sent by a user, with its key. */
interface Pending {
  order: Order;
  userId: string | null;
  key: string;
  sentAt: number;
}

const PENDING = "slotledger.pending";
/** How long a request is worth repeating. The student may have other plans by then. */
const MAX_AGE_MS = 10 * 60_000;

/** Store an order that is about to be sent, and return it with its key. If the same one is pending, return that one. */
export function toSend(order: Order, userId: string | null, now: number): Pick<Pending, "order" | "key"> {
  const pending = readPending(userId, now);
  if (pending && sameText(pending.order) === sameText(order)) {
    return pending;
  }
  const sent: Pending = { order, userId, key: crypto.randomUUID(), sentAt: now };
  store(PENDING, JSON.stringify(sent));
  return sent;
}

/** Forget the pending order: its answer has arrived. */
export function forgetPending(): void {
  store(PENDING, null);
}

/** Return the order of this user whose answer hasn't arrived. */
export function pendingOrder(userId: string | null, now: number): Order | null {
  return readPending(userId, now)?.order ?? null;
}

function readPending(userId: string | null, now: number): Pending | null {
  const pending = JSON.parse(readStored(PENDING) ?? "null") as Pending | null;
  return pending?.userId === userId && Math.abs(now - pending.sentAt) < MAX_AGE_MS ? pending : null;
}

function sameText({ slot: { tutorId, startsAt, durationMinutes }, repeat }: Order): string {
  return JSON.stringify([tutorId, Date.parse(startsAt), durationMinutes, repeat]);
}

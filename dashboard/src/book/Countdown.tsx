import type { CSSProperties } from "react";
import type { Booking } from "slotledger-client";
import { announcedSeconds, countdown, leftMs, shareLeft, stageOf } from "../booking/holds";
import { serverNow } from "../serverClock";
import { t } from "../texts";
import { useNow } from "../useNow";

/** Return the current time of the server in milliseconds, and render again each second. */
export function useServerNow(): number {
  useNow();
  return serverNow();
}

/** A ring that shows which share of a hold is left. */
export function Ring({ booking, now }: { booking: Booking; now: number }) {
  return <span className="ring" aria-hidden="true" style={{ "--left": shareLeft(booking, now) } as CSSProperties} />;
}

/** How long a hold lasts still, and what a screen reader says of it: 60, 30 and 10 seconds before its end. */
export function Countdown({ booking, now }: { booking: Booking; now: number }) {
  const left = leftMs(booking, now);
  const seconds = announcedSeconds(left);
  return (
    <>
      <b role="timer">{countdown(left)}</b>
      <span role="status" className="hidden">
        {seconds !== null && stageOf(booking, now) === "held" && t.book.step.seconds(seconds)}
      </span>
    </>
  );
}

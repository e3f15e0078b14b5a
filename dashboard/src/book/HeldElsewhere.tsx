import type { Booking } from "slotledger-client";
import { activeHolds, countdown, leftMs } from "../booking/holds";
import { t } from "../texts";
import { Ring, useServerNow } from "./Countdown";
import type { Booker } from "./useBooking";
import { lessonName } from "./labels";

interface HeldElsewhereProps {
  booker: Booker;
  zone: string;
  today: string;
  /** The booking that is open on the page. */
  openId: string | null;
  onOpen: (booking: Booking) => void;
}

/** At the lower edge: what was said about the last action, and the holds that aren't open on the page. */
export function HeldElsewhere({ booker, zone, today, openId, onOpen }: HeldElsewhereProps) {
  const now = useServerNow();
  const open = booker.bookings.find(({ bookingId }) => bookingId === openId);
  const isOpen = ({ bookingId, seriesId }: Booking) => bookingId === openId || (seriesId !== null && seriesId === open?.seriesId);
  return (
    <div className="floating">
      <p role="status" className="said">
        {booker.outcome.said}
      </p>
      {activeHolds(booker.bookings, now)
        .filter((hold) => !isOpen(hold))
        .map((hold) => (
          <div key={hold.bookingId} className="held-elsewhere">
            <Ring booking={hold} now={now} />
            <span>{t.book.step.alsoHeld(lessonName(hold, zone, today), countdown(leftMs(hold, now)))}</span>
            <button onClick={() => onOpen(hold)}>{t.book.step.toHold}</button>
          </div>
        ))}
    </div>
  );
}

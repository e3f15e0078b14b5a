import { useState } from "react";
import type { Api, Booking } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { clockChangeOn } from "../clock";
import { EARLIEST, LATEST, addDays, isSameZone, longDate, mondayOf, rangeName, viewersZone, weekdayAndDay, zoneName } from "../time";
import { useMedia } from "../useMedia";
import type { FreeSlot } from "../freeSlots";
import { BackToUsual } from "./BackToUsual";
import { BookingDialog } from "./BookingDialog";
import { Calendar } from "./Calendar";
import { Review } from "./Review";
import { AddForm, WeekTools } from "./Tools";
import type { Mode } from "./Tools";
import { Unsaved } from "./Unsaved";
import type { DraftStore, VisibleSlot } from "./draft";
import { ZoneNotice } from "./ZoneNotice";
import { slotKey } from "./bookings";
import { useBookings } from "./useBookings";
import { useEditing } from "./useEditing";
import { useSaving } from "./useSaving";

interface WeekViewProps {
  api: Api;
  tutorId: string;
  isAdmin: boolean;
  /** Whether bookings can be read and changed. */
  hasBookings: boolean;
  /** Whether the tutor can have a usual week. */
  hasSchedules: boolean;
  /** Keeps the draft while another view is open. */
  store: DraftStore;
}

const WEEK = [0, 1, 2, 3, 4, 5, 6];

/** A tutor's week. The viewer adds and removes slots, and saves all changes as one change set. */
export default function WeekView({ api, tutorId, isAdmin, hasBookings, hasSchedules, store }: WeekViewProps) {
  const editing = useEditing(api, tutorId, store);
  const { draft, hasLoaded, zone, today, monday, goTo, days, error } = editing;
  const saving = useSaving(api, tutorId, draft, editing.onSaved);
  const { bookings, ...booked } = useBookings(api, tutorId, monday, hasBookings);
  const [open, setOpen] = useState<{ booking: Booking; target?: FreeSlot }>();
  const [chosenDay, setDay] = useState<string>();
  const [durationMinutes, setDurationMinutes] = useState(60);
  const [mode, setMode] = useState<Mode>("add");
  const isNarrow = useMedia("(max-width: 40rem)");
  const dates = WEEK.map((number) => addDays(monday, number));
  const day = dates.find((date) => date === chosenDay) ?? dates.find((date) => date === today) ?? monday;
  const visibleDates = isNarrow ? [day] : dates;

  function pick(date: string, from: number, to: number | null) {
    if (mode === "add") {
      editing.addBetween(date, durationMinutes, from, to);
    } else {
      editing.removeBetween(date, from, to ?? from + 1);
    }
  }

  function onSlot(date: string, slot: VisibleSlot) {
    const booking = slot.state === "booked" || slot.state === "held" ? bookings.get(slotKey(date, slot)) : undefined;
    if (booking) {
      setOpen({ booking });
    } else {
      editing.toggle(date, slot);
    }
  }

  function onBookingChanged(message: string) {
    setOpen(undefined);
    editing.showLines([message]);
    editing.reload();
    booked.reload();
  }

  return (
    <section className="editing" aria-labelledby="week" aria-busy={days.isLoading || booked.isLoading || !hasLoaded}>
      <div className="bar">
        <h2 id="week">{rangeName(monday, addDays(monday, 6))}</h2>
        <div className="week-buttons">
          <GoTo monday={monday} onWeek={goTo} />
          <button onClick={() => goTo(addDays(monday, -7))}>Earlier</button>
          <button onClick={() => goTo(mondayOf(today))}>This week</button>
          <button onClick={() => goTo(addDays(monday, 7))}>Later</button>
        </div>
      </div>
      <p className="small">{hasLoaded && <Zones zone={zone} dates={dates} />}</p>
      {error && <ErrorMessage error={error} retry={days.error ? editing.reload : undefined} />}
      {!error && booked.error && <ErrorMessage error={booked.error} retry={booked.reload} />}
      {hasLoaded && <ZoneNotice draft={draft} dates={dates} isBusy={editing.isBusy} onShift={editing.shiftZone} />}
      <AddForm
        dates={visibleDates.filter((date) => date >= today)}
        durationMinutes={durationMinutes}
        onDuration={setDurationMinutes}
        mode={mode}
        onMode={setMode}
        onAdd={(date, from) => editing.addBetween(date, durationMinutes, from)}
      />
      {isNarrow && (
        <div className="day-picker" role="group" aria-label="Day">
          {dates.map((date) => (
            <button key={date} aria-pressed={date === day} onClick={() => setDay(date)}>
              {weekdayAndDay(date)}
            </button>
          ))}
        </div>
      )}
      <div className={`calendar ${mode}`}>
        {hasLoaded && (
          <Calendar
            draft={draft}
            dates={visibleDates}
            today={today}
            viewersZone={viewersZone()}
            bookings={bookings}
            onPick={pick}
            onSlot={onSlot}
            onMove={(booking, target) => setOpen({ booking, target })}
            onMissed={() => editing.showLines(["To move a booking, drop it on a free slot."])}
          />
        )}
      </div>
      <p className="legend">
        <span className="slot">Free</span>
        <span className="slot booked">Booked</span>
        <span className="slot held">Held</span>
        <span className="slot added">+ To add</span>
        <span className="slot removed">To remove</span>
      </p>
      <p className="hint">Choose a booked slot to move or cancel it, or drag it onto a free slot.</p>
      <WeekTools
        monday={monday}
        today={today}
        isBusy={editing.isBusy || !hasLoaded}
        onCopyLastWeek={() => void editing.copyWeek(addDays(monday, -7), monday, 7, "Copied the week before")}
        onRepeat={(weeks) => void editing.copyWeek(monday, addDays(monday, 7), weeks * 7, "Repeated this week")}
        onClear={(first, last) => void editing.clearBetween(first, last)}
      >
        {hasSchedules && hasLoaded && (
          <BackToUsual
            {...{ api, tutorId, draft }}
            dates={dates.filter((date) => date >= today)}
            isBusy={editing.isBusy}
            onDay={editing.backToUsual}
          />
        )}
      </WeekTools>
      <Unsaved editing={editing} onReview={() => editing.prepareReview() && saving.open()} />
      {open && (
        <BookingDialog {...{ api, zone, ...open }} onClose={() => setOpen(undefined)} onDone={onBookingChanged} />
      )}
      {saving.isOpen && (
        <Review
          saving={saving}
          isAdmin={isAdmin}
          draft={draft}
          onResolved={(next) => {
            saving.clearError();
            editing.replaceDraft(next);
          }}
        />
      )}
    </section>
  );
}

/** A field that opens the week of a date. It ignores a date until its year is typed completely. */
function GoTo({ monday, onWeek }: { monday: string; onWeek: (monday: string) => void }) {
  const [text, setText] = useState<string>();
  return (
    <label>
      Go to{" "}
      <input
        type="date"
        min={EARLIEST}
        max={LATEST}
        value={text ?? monday}
        onChange={({ target: { value } }) => {
          setText(value);
          if (value.length === LATEST.length && EARLIEST <= value && value <= LATEST) {
            onWeek(mondayOf(value));
          }
        }}
        onBlur={() => setText(undefined)}
      />
    </label>
  );
}

/** A text with the time zones. It also names each day of the week on which the clocks change. */
function Zones({ zone, dates }: { zone: string; dates: readonly string[] }) {
  const viewers = viewersZone();
  return (
    <>
      Times are {zoneName(zone)}, the tutor's
      {isSameZone(zone, viewers) ? " and yours." : `. Yours (${zoneName(viewers)}) are below them.`}
      {dates.map((date) => {
        const change = clockChangeOn(zone, date);
        return (
          change && (
            <strong key={date}>
              {` On ${longDate(date)} the clocks change: ${change.from} to ${change.to} `}
              {change.isSkipped ? "doesn't exist." : "comes twice; slots start the first time."}
            </strong>
          )
        );
      })}
    </>
  );
}

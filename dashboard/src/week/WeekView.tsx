import { useState } from "react";
import type { Api } from "slotledger-client";
import { Trouble } from "../Trouble";
import { clockChangeOn } from "../clock";
import { addDays, isSameZone, longDate, mondayOf, rangeName, viewersZone, weekdayAndDay, zoneName } from "../time";
import { useMedia } from "../useMedia";
import { Calendar } from "./Calendar";
import { Review } from "./Review";
import { OfferForm, WeekTools } from "./Tools";
import type { Mode } from "./Tools";
import { Unsaved } from "./Unsaved";
import type { DraftStore } from "./draft";
import { useEditing } from "./useEditing";
import { useSaving } from "./useSaving";

interface WeekViewProps {
  api: Api;
  tutorId: string;
  isAdmin: boolean;
  /** Where the edit that isn't saved yet is kept; it outlives this view. */
  store: DraftStore;
}

const WEEK = [0, 1, 2, 3, 4, 5, 6];

/** A tutor's week, in which slots are offered and withdrawn, and saved as one change set. */
export default function WeekView({ api, tutorId, isAdmin, store }: WeekViewProps) {
  const editing = useEditing(api, tutorId, store);
  const { draft, isKnown, zone, today, monday, goTo, read, trouble } = editing;
  const saving = useSaving(api, tutorId, draft, editing.saved);
  const [chosenDay, setDay] = useState<string>();
  const [minutes, setMinutes] = useState(60);
  const [mode, setMode] = useState<Mode>("offer");
  const isNarrow = useMedia("(max-width: 40rem)");
  const dates = WEEK.map((number) => addDays(monday, number));
  const day = dates.find((date) => date === chosenDay) ?? dates.find((date) => date === today) ?? monday;
  const shown = isNarrow ? [day] : dates;

  function pick(date: string, from: number, to: number | null) {
    if (mode === "offer") {
      editing.pick(date, minutes, from, to);
    } else {
      editing.take(date, from, to ?? from + 1);
    }
  }

  return (
    <section className="editing" aria-labelledby="week" aria-busy={read.isLoading || !isKnown}>
      <div className="bar">
        <h2 id="week">{rangeName(monday, addDays(monday, 6))}</h2>
        <div className="week">
          <GoTo monday={monday} onWeek={goTo} />
          <button onClick={() => goTo(addDays(monday, -7))}>Earlier</button>
          <button onClick={() => goTo(mondayOf(today))}>This week</button>
          <button onClick={() => goTo(addDays(monday, 7))}>Later</button>
        </div>
      </div>
      <p className="small zones">{isKnown && <Zones zone={zone} dates={dates} />}</p>
      {trouble && <Trouble error={trouble} again={read.error ? editing.readAgain : undefined} />}
      <OfferForm
        dates={shown.filter((date) => date >= today)}
        minutes={minutes}
        onMinutes={setMinutes}
        mode={mode}
        onMode={setMode}
        onOffer={(date, from) => editing.pick(date, minutes, from)}
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
        {isKnown && (
          <Calendar
            draft={draft}
            dates={shown}
            today={today}
            viewersZone={viewersZone()}
            onPick={pick}
            onSlot={editing.toggle}
          />
        )}
      </div>
      <p className="legend">
        <span className="slot">Free</span>
        <span className="slot booked">Booked</span>
        <span className="slot held">Held</span>
        <span className="slot added">+ To offer</span>
        <span className="slot removed">To withdraw</span>
      </p>
      <WeekTools
        monday={monday}
        today={today}
        isBusy={editing.isBusy || !isKnown}
        onCopyLastWeek={() => void editing.copyWeek(addDays(monday, -7), monday, 7, "The week before is copied")}
        onRepeat={(weeks) => void editing.copyWeek(monday, addDays(monday, 7), weeks * 7, "The week is repeated")}
        onClear={(first, last) => void editing.clearDays(first, last)}
      />
      <Unsaved editing={editing} onReview={() => editing.canBeReviewed() && saving.open()} />
      {saving.isOpen && (
        <Review
          saving={saving}
          isAdmin={isAdmin}
          draft={draft}
          onSettled={(next) => {
            saving.settled();
            editing.become(next);
          }}
        />
      )}
    </section>
  );
}

const [EARLIEST, LATEST] = ["2000-01-01", "2999-12-31"];

/** Goes to the week of a date; while it is typed, a year of one digit isn't meant. */
function GoTo({ monday, onWeek }: { monday: string; onWeek: (monday: string) => void }) {
  const [typed, setTyped] = useState<string>();
  return (
    <label>
      Go to{" "}
      <input
        type="date"
        min={EARLIEST}
        max={LATEST}
        value={typed ?? monday}
        onChange={({ target: { value } }) => {
          setTyped(value);
          if (value.length === LATEST.length && EARLIEST <= value && value <= LATEST) {
            onWeek(mondayOf(value));
          }
        }}
        onBlur={() => setTyped(undefined)}
      />
    </label>
  );
}

/** Whose time it is, and what the clock does in this week. */
function Zones({ zone, dates }: { zone: string; dates: readonly string[] }) {
  const viewers = viewersZone();
  return (
    <>
      Times are {zoneName(zone)}, the tutor's{" "}
      {isSameZone(zone, viewers) ? "and yours." : `own; yours, ${zoneName(viewers)}, stand below them.`}
      {dates.map((date) => {
        const change = clockChangeOn(zone, date);
        return (
          change && (
            <strong key={date}>
              {` On ${longDate(date)} the clock is changed: ${change.from} to ${change.to} `}
              {change.isSkipped ? "doesn't exist." : "comes twice; a slot means the first."}
            </strong>
          )
        );
      })}
    </>
  );
}

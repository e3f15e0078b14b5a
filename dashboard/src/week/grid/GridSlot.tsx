import { useMemo } from "react";
import type { Booking } from "slotledger-client";
import { dateAt, spanName, spanOf, timeAt, timeName } from "../../clock";
import { t } from "../../texts";
import { clockName, isSameZone, longDate, placeOf, weekdayAndDay, zoneName } from "../../time";
import { countdown } from "../../booking/holds";
import { useNow } from "../../useNow";
import { outcomeOf, studentOf } from "../bookings";
import type { VisibleSlot } from "../draft";
import { keyOf } from "./layout";
import type { DrawnSlot } from "./layout";
import type { Scale } from "./scale";

/** Shorter slots have their text in one line. */
const ONE_LINE_MINUTES = 30;

interface GridSlotProps {
  drawn: DrawnSlot;
  /** The tutor's zone: that of the calendar. */
  zone: string;
  viewersZone: string;
  /** The booking that occupies the slot, if it is loaded. */
  booking: Booking | undefined;
  scale: Scale;
  /** Whether the keyboard is here. */
  isCursor: boolean;
  /** Whether the slot can be moved and stretched. */
  isMovable: boolean;
}

/** A slot, or a part of it, in a column of the week. What happens when it is pressed is up to the grid. */
export function GridSlot({ drawn, zone, viewersZone, booking, scale, isCursor, isMovable }: GridSlotProps) {
  const { slot, part } = drawn;
  const texts = useMemo(() => textsOf(drawn, zone, viewersZone, booking), [JSON.stringify(drawn), zone, viewersZone, booking, t]);
  const [top, bottom] = [scale.at(part.from), scale.at(part.to)];
  const classes = [
    "slot",
    slot.state,
    part.to - part.from < ONE_LINE_MINUTES && "one-line",
    slot.notBookable && "unbookable",
    drawn.isContinued && "is-continued",
    drawn.continues && "continues",
  ];
  return (
    <div
      role="gridcell"
      className={classes.filter(Boolean).join(" ")}
      style={{
        top: `${100 * top}%`,
        height: `${100 * (bottom - top)}%`,
        insetInlineStart: `${(100 * drawn.lane) / drawn.lanes}%`,
        inlineSize: `${100 / drawn.lanes}%`,
      }}
    >
      <button type="button" tabIndex={isCursor ? 0 : -1} data-slot={keyOf(drawn)} title={texts.hint}>
        <span className="hidden">{texts.label}</span>
        <span className="text" aria-hidden="true">
          {texts.lines.map((line, i) => (i === 0 ? <b key={line}>{line}</b> : <span key={line}>{line}</span>))}
          {slot.state === "held" && booking?.holdExpiresAt && <HeldFor until={booking.holdExpiresAt} />}
          {texts.notes.map((note) => (
            <span key={note} className="note">
              {note}
            </span>
          ))}
        </span>
      </button>
      {isMovable && !drawn.continues && <span className="edge" data-edge="" />}
    </div>
  );
}

/** How long a slot is still held: "held 7:48". */
function HeldFor({ until }: { until: string }) {
  const leftMs = Date.parse(until) - useNow();
  return <span className="held-for">{t.week.grid.heldFor(countdown(leftMs))}</span>;
}

/** Return what a slot says, and what a screen reader says. */
function textsOf(drawn: DrawnSlot, zone: string, viewersZone: string, booking: Booking | undefined) {
  const { date, slot, part, isContinued, continues } = drawn;
  const span = spanOf(date, slot);
  const texts = t.week.grid;
  const start = isContinued ? `– ${timeName(zone, span[1])}` : timeName(zone, span[0]);
  const hint = slot.notBookable && texts.obstacles[slot.notBookable];
  const obstacle = slot.notBookable && { inactive: texts.notActive, too_soon: texts.tooSoon, past: undefined }[slot.notBookable];
  const startDate = dateAt(zone, span[0]);
  const timeIn = (other: string) => (isSameZone(other, zone) ? null : timeElsewhere(other, startDate, span[0]));
  const ownTime = timeIn(slot.timeZone);
  const viewersTime = timeIn(viewersZone);
  const outcome = booking && outcomeOf(booking);
  const label = [
    longDate(part.date),
    spanName(zone, span),
    texts.states[slot.state],
    booking && studentOf(booking),
    outcome,
    isContinued && texts.sinceDayBefore,
    continues && texts.untilNextDay,
    ownTime && texts.offeredAs(ownTime, zoneName(slot.timeZone)),
    hint,
    viewersTime && texts.yourTime(viewersTime),
  ];
  const states: Partial<Record<VisibleSlot["state"], string>> = texts.notes;
  return {
    label: label.filter(Boolean).join(", "),
    hint,
    lines: booking ? [studentOf(booking), start] : [start, states[slot.state]].filter((line) => line !== undefined),
    notes: [outcome, obstacle, ownTime && `${ownTime} ${placeOf(slot.timeZone)}`, viewersTime].filter(
      (note): note is string => Boolean(note),
    ),
  };
}

/** Return the time of an instant in another zone, with the weekday and day if the date is not `date`. */
function timeElsewhere(zone: string, date: string, instant: number): string {
  const otherDate = dateAt(zone, instant);
  const time = clockName(timeAt(zone, instant));
  return otherDate === date ? time : `${weekdayAndDay(otherDate)}, ${time}`;
}

import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { slotName } from "../clock";
import { longDate, zoneName } from "../time";
import { useAnswer } from "../useAnswer";
import { plural } from "../labels";
import { compareDays } from "./comparison";
import type { ComparedDay, ComparedSlot } from "./comparison";
import type { PastQuery } from "./instants";

/** A table of days as they were at an instant and as they are now, with the differences marked. */
export function ThenAndNow({
  api,
  tutorId,
  query,
  when,
}: {
  api: Api;
  tutorId: string;
  query: PastQuery;
  /** The instant as text. */
  when: string;
}) {
  const { answer, error, isLoading, reload } = useAnswer("then and now", [tutorId, query], async (signal) => {
    const { at, from, to, dates, hiddenDays } = query;
    const [then, now] = await Promise.all([
      api.availability.getAvailability(tutorId, from, to, { asOf: at, signal }),
      api.availability.getAvailability(tutorId, from, to, { signal }),
    ]);
    // Return `when` and `hiddenDays` with the answer: while the next answer is loading, this answer is still shown.
    return { then, zone: now.timeZone, days: compareDays(then.days, now.days, dates), when, hiddenDays };
  });
  if (error) {
    return <ErrorMessage error={error} retry={reload} />;
  }
  if (!answer) {
    return <p className="small">Loading …</p>;
  }
  const { zone, hiddenDays } = answer;
  return (
    <div aria-busy={isLoading}>
      {answer.then.complete === false && (
        <p className="notice">
          <strong>This isn't certain.</strong> Some edits of these days are missing from the history, so the days may
          have been different then.
        </p>
      )}
      <table>
        <caption>
          {answer.when}, {zoneName(zone)}. {comparisonText(answer.days)}
          {hiddenDays ? ` Not shown: ${plural(hiddenDays, "later day")}. Choose other days above.` : null}
        </caption>
        <thead>
          <tr>
            <th scope="col">Then</th>
            <th scope="col">Now</th>
          </tr>
        </thead>
        {answer.days.map((day) => (
          <tbody key={day.date}>
            <tr>
              <th scope="rowgroup" colSpan={2}>
                {longDate(day.date)} {day.isSame && <span className="same">the same</span>}
              </th>
            </tr>
            <tr>
              <Side slots={day.then} zone={zone} date={day.date} otherTime="now" />
              <Side slots={day.now} zone={zone} date={day.date} otherTime="then" />
            </tr>
          </tbody>
        ))}
      </table>
    </div>
  );
}

function comparisonText(days: readonly ComparedDay[]): string {
  if (days.length === 0) {
    return "None of these days has a slot, then or now.";
  }
  const different = days.filter(({ isSame }) => !isSame).length;
  if (different === 0) {
    return "Nothing is different now.";
  }
  if (days.length === 1) {
    return "The day is different now.";
  }
  return `${different} of ${plural(days.length, "day")} ${different === 1 ? "differs" : "differ"}.`;
}

function Side({
  slots,
  zone,
  date,
  otherTime,
}: {
  slots: readonly ComparedSlot[];
  zone: string;
  date: string;
  otherTime: "then" | "now";
}) {
  if (slots.length === 0) {
    return <td className="none">No slots</td>;
  }
  const action = otherTime === "now" ? "removed" : "added";
  return (
    <td>
      <ul>
        {slots.map((slot) => (
          <li key={slot.time} className={slot.difference === "not offered" ? action : (slot.difference ?? undefined)}>
            <span className="slot-time">
              {slot.difference && (
                <span aria-hidden="true">{slot.difference === "status" ? "≠" : action === "added" ? "+" : "−"} </span>
              )}
              {slotName(zone, date, slot)}
            </span>
            {slot.status === "BOOKED" && " booked"}
            {slot.difference && <span className="hidden">, {differenceText(slot, otherTime)}</span>}
          </li>
        ))}
      </ul>
    </td>
  );
}

function differenceText({ difference, status }: ComparedSlot, otherTime: "then" | "now"): string {
  if (difference === "not offered") {
    return `not offered ${otherTime}`;
  }
  return `${status === "BOOKED" ? "free" : "booked"} ${otherTime}`;
}

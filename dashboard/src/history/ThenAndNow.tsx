import type { Api } from "slotledger-client";
import { Trouble } from "../Trouble";
import { slotName } from "../clock";
import { longDate, zoneName } from "../time";
import { useRequest } from "../useRequest";
import { counted } from "../labels";
import { compared } from "./comparison";
import type { ComparedDay, ComparedSlot } from "./comparison";
import type { Question } from "./instants";

/** Days as they were at an instant, beside how they are now, with the differences marked. */
export function ThenAndNow({
  api,
  tutorId,
  question,
  when,
}: {
  api: Api;
  tutorId: string;
  question: Question;
  /** The instant in words. */
  when: string;
}) {
  const { answer, error, isLoading, again } = useRequest(JSON.stringify(question), async (signal) => {
    const { at, from, to, dates, leftOut } = question;
    const [then, now] = await Promise.all([
      api.availability.getAvailability(tutorId, from, to, { asOf: at, signal }),
      api.availability.getAvailability(tutorId, from, to, { signal }),
    ]);
    // With what was asked: the answer stays where it is while the next one is on its way.
    return { then, zone: now.timeZone, days: compared(then.days, now.days, dates), when, leftOut };
  });
  if (error) {
    return <Trouble error={error} again={again} />;
  }
  if (!answer) {
    return <p className="small">Looking back …</p>;
  }
  const { zone, leftOut } = answer;
  return (
    <div aria-busy={isLoading}>
      {answer.then.complete === false && (
        <p className="notice">
          <strong>This isn't certain.</strong> The history doesn't tell of every edit of these days, so they may have
          been different then.
        </p>
      )}
      <table>
        <caption>
          {answer.when}, {zoneName(zone)}. {inWords(answer.days)}
          {leftOut ? ` ${counted(leftOut, "later day")} can be chosen above.` : null}
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

function inWords(days: readonly ComparedDay[]): string {
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
  return `${different} of ${counted(days.length, "day")} ${different === 1 ? "differs" : "differ"}.`;
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
  const here = otherTime === "now" ? "removed" : "added";
  return (
    <td>
      <ul>
        {slots.map((slot) => (
          <li key={slot.time} className={slot.difference === "not offered" ? here : (slot.difference ?? undefined)}>
            <span className="span">
              {slot.difference && (
                <span aria-hidden="true">{slot.difference === "status" ? "≠" : here === "added" ? "+" : "−"} </span>
              )}
              {slotName(zone, date, slot)}
            </span>
            {slot.status === "BOOKED" && " booked"}
            {slot.difference && <span className="hidden">, {inWordsOf(slot, otherTime)}</span>}
          </li>
        ))}
      </ul>
    </td>
  );
}

function inWordsOf({ difference, status }: ComparedSlot, otherTime: "then" | "now"): string {
  if (difference === "not offered") {
    return `not offered ${otherTime}`;
  }
  return `${status === "BOOKED" ? "free" : "booked"} ${otherTime}`;
}

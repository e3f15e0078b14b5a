import { useState } from "react";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import type { Slot } from "../clock";
import { t } from "../texts";
import { longDate } from "../time";
import { slotsOn } from "../usual/schedule";
import { useAnswer } from "../useAnswer";
import { withUsualSlots } from "./manyDays";
import type { Draft } from "./draft";

interface BackToUsualProps {
  api: Api;
  tutorId: string;
  draft: Draft;
  dates: readonly string[];
  isBusy: boolean;
  /** Called with a date and the slots that the usual week gives it. */
  onDay: (date: string, slots: readonly Slot[]) => void;
}

/** A form that gives a day the slots of the usual week again. It changes the draft and saves nothing. */
export function BackToUsual({ api, tutorId, draft, dates, isBusy, onDay }: BackToUsualProps) {
  const { answer, error, reload } = useAnswer(
    "schedule",
    [tutorId],
    (signal) => api.schedules.get(tutorId, { signal }),
    { isKept: false },
  );
  const [chosenDate, setChosenDate] = useState("");
  if (error) {
    return <ErrorMessage error={error} retry={reload} />;
  }
  const { schedule, publishedThrough } = answer ?? {};
  if (!schedule || !publishedThrough) {
    return null;
  }
  const usual = new Map(
    dates
      .filter((date) => schedule.validFrom <= date && date <= publishedThrough)
      .map((date): [string, Slot[]] => {
        const slots = slotsOn(schedule, date);
        return [date, schedule.timeZone ? slots.map((slot) => ({ ...slot, timeZone: schedule.timeZone! })) : slots];
      }),
  );
  const changed = [...usual].filter(([date, slots]) => withUsualSlots(draft, date, slots, Date.now()).draft !== draft);
  const [date, slots] = changed.find(([date]) => date === chosenDate) ?? changed[0] ?? [];
  return (
    <form
      className="fields"
      onSubmit={(event) => {
        event.preventDefault();
        if (date !== undefined) {
          onDay(date, slots!);
        }
      }}
    >
      {date === undefined ? (
        <p>{t.week.more.allUsual}</p>
      ) : (
        <>
          <label>
            {t.week.more.unusualDay}
            <select value={date} onChange={(event) => setChosenDate(event.target.value)}>
              {changed.map(([each]) => (
                <option key={each} value={each}>
                  {longDate(each)}
                </option>
              ))}
            </select>
          </label>
          <button disabled={isBusy}>{t.week.more.backToUsual}</button>
        </>
      )}
    </form>
  );
}

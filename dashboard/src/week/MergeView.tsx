import { useState } from "react";
import type { ReactNode } from "react";
import type { Day } from "slotledger-client";
import { t } from "../texts";
import { longDate } from "../time";
import { slotName } from "../clock";
import type { ZonedSlot } from "../clock";
import { rebase, slotsOf } from "./draft";
import type { Draft } from "./draft";
import { zonedDay } from "./slots";
import { merge } from "./merge";
import type { Merge } from "./merge";
import { problemLines } from "./labels";

type Choice = keyof Merge["choices"];

const CHOICES: readonly Choice[] = ["both", "mine", "theirs"];

/** A form for the days with two edits: the draft and an edit that was saved since. The viewer chooses what to keep. */
export function MergeView({
  draft,
  days,
  onDraft,
  backButton,
}: {
  draft: Draft;
  /** All edited days, as they are saved now. */
  days: readonly Day[];
  onDraft: (draft: Draft) => void;
  backButton: ReactNode;
}) {
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map());
  const changedDays = days
    .filter(({ date, version }) => version !== (draft.loadedDays.get(date)?.version ?? 0))
    .map((day) => zonedDay(draft.zone, day));
  const merges = changedDays.map((day) =>
    merge(draft.loadedDays.get(day.date)?.timeSlots ?? [], slotsOf(draft, day.date), day),
  );
  const choiceOf = (date: string) => choices.get(date) ?? "both";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const slots = merges.map(({ date, choices }): [string, ZonedSlot[]] => [date, choices[choiceOf(date)]]);
        onDraft(rebase(draft, changedDays, new Map(slots)));
      }}
    >
      <p>{t.week.review.othersEdited(changedDays.length)}</p>
      {merges.map(({ date, theirs, mine, choices: slotsByChoice, problems }) => (
        <fieldset key={date}>
          <legend>{longDate(date)}</legend>
          <dl className="sides">
            <Side name={t.week.review.theirs} zone={draft.zone} date={date} {...theirs} />
            <Side name={t.week.review.yours} zone={draft.zone} date={date} {...mine} />
          </dl>
          {CHOICES.map((choice) => (
            <label key={choice} className="choice">
              <input
                type="radio"
                name={`choice ${date}`}
                checked={choiceOf(date) === choice}
                onChange={() => setChoices(new Map(choices).set(date, choice))}
              />
              <span>
                <strong>{t.week.review.choices[choice]}:</strong>{" "}
                {slotsByChoice[choice].map((slot) => slotName(draft.zone, date, slot)).join(", ") || t.week.review.noSlots}
              </span>
            </label>
          ))}
          <ul className="small">
            {problemLines(draft.zone, problems[choiceOf(date)]).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </fieldset>
      ))}
      <div className="buttons">
        <button className="primary">{t.week.review.continue}</button>
        {backButton}
      </div>
    </form>
  );
}

interface SideProps {
  name: string;
  zone: string;
  date: string;
  added: ZonedSlot[];
  removed: ZonedSlot[];
}

/** The changes of one of the two edits of a day. */
function Side({ name, zone, date, added, removed }: SideProps) {
  const changes = [
    ...added.map((slot) => t.week.review.added(slotName(zone, date, slot))),
    ...removed.map((slot) => t.week.review.removed(slotName(zone, date, slot))),
  ];
  return (
    <div>
      <dt>{name}</dt>
      <dd>{changes.join("; ") || t.week.review.noChanges}</dd>
    </div>
  );
}

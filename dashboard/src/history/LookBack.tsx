import { useState } from "react";
import type { Api } from "slotledger-client";
import { Dialog } from "../Dialog";
import { addDays, dateIn, mondayOf, dateTimeIn } from "../time";
import { InstantForm } from "./InstantForm";
import { ThenAndNow } from "./ThenAndNow";
import { justBefore, questionAbout } from "./instants";
import type { ChangeSet } from "./changeSets";
import type { Question } from "./instants";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Shows days as they were before or after a change set, or at another instant, beside how they are now. */
export function LookBack({
  api,
  tutorId,
  zone,
  changeSet,
  onClosed,
}: {
  api: Api;
  tutorId: string;
  zone: string;
  /** Without one, the form for an instant is open at first. */
  changeSet?: ChangeSet;
  onClosed: () => void;
}) {
  const [before, after] = changeSet ? aroundChangeSet(changeSet) : [];
  const [question, setQuestion] = useState<Question | undefined>(before);
  const start = question ?? oneDayAgo(zone);
  return (
    <Dialog title="Then and now" onClose={onClosed}>
      {before && after && (
        <div className="choice" role="group" aria-label="When">
          <button aria-pressed={question?.at === before.at} onClick={() => setQuestion(before)}>
            Before this edit
          </button>
          <button aria-pressed={question?.at === after.at} onClick={() => setQuestion(after)}>
            After this edit
          </button>
        </div>
      )}
      <details open={!changeSet}>
        <summary>{changeSet ? "Another time or other days" : "Time and days"}</summary>
        <InstantForm zone={zone} start={start} onQuestion={setQuestion} />
      </details>
      <div className="result" aria-live="polite">
        {question && (
          <ThenAndNow
            api={api}
            tutorId={tutorId}
            question={question}
            when={
              changeSet && question.at === before?.at
                ? `Just before ${dateTimeIn(zone, new Date(changeSet.changedAt))}`
                : dateTimeIn(zone, new Date(question.at))
            }
          />
        )}
      </div>
      <div className="buttons">
        <button onClick={onClosed}>Close</button>
      </div>
    </Dialog>
  );
}

function aroundChangeSet({ changedAt, changes }: ChangeSet): [before: Question, after: Question] {
  const days = changes.map(({ date }) => date);
  return [questionAbout(justBefore(changedAt), days), questionAbout(changedAt, days)];
}

/** Return the first values of the form: this week, a day ago. */
function oneDayAgo(zone: string): Question {
  const now = new Date();
  const monday = mondayOf(dateIn(zone, now));
  return { at: new Date(now.getTime() - DAY_MS).toISOString(), from: monday, to: addDays(monday, 6) };
}

import { useState } from "react";
import type { Api } from "slotledger-client";
import { Dialog } from "../Dialog";
import { addDays, dateIn, mondayOf, whenIn } from "../time";
import { InstantForm } from "./InstantForm";
import { ThenAndNow } from "./ThenAndNow";
import { justBefore, questionAbout } from "./instants";
import type { ChangeSet } from "./changeSets";
import type { Question } from "./instants";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Shows days as they were, just before or after a change set or at any other instant, beside how they are now. */
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
  /** Without one, an instant is asked for. */
  changeSet?: ChangeSet;
  onClosed: () => void;
}) {
  const [before, after] = changeSet ? aroundIt(changeSet) : [];
  const [question, setQuestion] = useState<Question | undefined>(before);
  const start = question ?? aDayAgo(zone);
  return (
    <Dialog title="As it was, beside how it is now" onClose={onClosed}>
      {before && after && (
        <div className="choice" role="group" aria-label="When">
          <button aria-pressed={question?.at === before.at} onClick={() => setQuestion(before)}>
            Before this change
          </button>
          <button aria-pressed={question?.at === after.at} onClick={() => setQuestion(after)}>
            After it
          </button>
        </div>
      )}
      <details open={!changeSet}>
        <summary>{changeSet ? "Another instant, or other days" : "Which instant, and which days"}</summary>
        <InstantForm zone={zone} start={start} onAsk={setQuestion} />
      </details>
      <div className="outcome" aria-live="polite">
        {question && (
          <ThenAndNow
            api={api}
            tutorId={tutorId}
            question={question}
            when={
              changeSet && question.at === before?.at
                ? `Just before ${whenIn(zone, new Date(changeSet.changedAt))}`
                : whenIn(zone, new Date(question.at))
            }
          />
        )}
      </div>
      <div className="below">
        <button onClick={onClosed}>Close</button>
      </div>
    </Dialog>
  );
}

function aroundIt({ changedAt, changes }: ChangeSet): [before: Question, after: Question] {
  const days = changes.map(({ date }) => date);
  return [questionAbout(justBefore(changedAt), days), questionAbout(changedAt, days)];
}

/** Returns where to begin when nothing is said: this week, a day ago. */
function aDayAgo(zone: string): Question {
  const now = new Date();
  const monday = mondayOf(dateIn(zone, now));
  return { at: new Date(now.getTime() - DAY_MS).toISOString(), from: monday, to: addDays(monday, 6) };
}

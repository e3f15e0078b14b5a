import { useRef, useState } from "react";
import { SlotBooked } from "slotledger-client";
import type { Api, Conflict, DryRun } from "slotledger-client";
import { Dialog } from "../Dialog";
import { Trouble } from "../Trouble";
import { shortDate, whenIn } from "../time";
import { useRequest } from "../useRequest";
import { BOOKINGS } from "../labels";
import { Changes } from "./Changes";
import { countsInWords, doneInWords, mayBeSaved, whyNotUndone } from "../undoing";
import type { ChangeSet } from "./changeSets";

const MAYBE =
  "No answer came, so it may have been undone, or not: the history shows which. It isn't sent again by itself.";

/** Shows what undoing a change set would change, and does it when that is confirmed: once. */
export function RevertDialog({
  api,
  tutorId,
  zone,
  changeSet,
  onTold,
  onClosed,
}: {
  api: Api;
  tutorId: string;
  zone: string;
  changeSet: ChangeSet;
  /** Gets what came of it, in words, also when the dialog was closed meanwhile; it was sent by then. */
  onTold: (words: string) => void;
  onClosed: () => void;
}) {
  const preview = useRequest(changeSet.id, (signal) =>
    api.availability.revert(tutorId, changeSet.id, { dryRun: true, signal }),
  );
  const [notes, setNotes] = useState("");
  const [failure, setFailure] = useState<Error>();
  const [isSending, setIsSending] = useState(false);
  const isSent = useRef(false);

  async function send() {
    if (isSent.current) {
      return; // a second click, before the button was seen to be off
    }
    isSent.current = true;
    setIsSending(true);
    try {
      const update = await api.availability.revert(tutorId, changeSet.id, { notes: notes.trim() || null });
      onClosed(); // what is said behind an open dialog isn't read out
      onTold(doneInWords(update));
    } catch (error) {
      onTold(mayBeSaved(error as Error) ? MAYBE : "Nothing was undone.");
      setFailure(error as Error);
    } finally {
      setIsSending(false);
    }
  }

  const error = failure ?? preview.error;
  const shown = !error && preview.answer;
  const canBeUndone = shown && shown.conflicts.length === 0 && shown.diff.length > 0;
  return (
    <Dialog title="Undo this change?" onClose={onClosed}>
      <p className="small">Made on {whenIn(zone, new Date(changeSet.changedAt))}. What still stands of it is undone.</p>
      <div className="outcome" aria-live="polite" aria-busy={preview.isLoading}>
        {preview.isLoading && <p>Looking at what that would change …</p>}
        {error && <WhyNot error={error} wasSent={failure !== undefined} again={preview.again} />}
        {shown && <Preview preview={shown} zone={zone} />}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {canBeUndone && (
          <label>
            Note for the history (optional)
            <textarea maxLength={500} rows={2} value={notes} onChange={(event) => setNotes(event.target.value)} />
          </label>
        )}
        <div className="below">
          {canBeUndone && (
            <button className="primary" aria-disabled={isSending}>
              {isSending ? "Undoing it …" : "Undo it"}
            </button>
          )}
          <button type="button" onClick={onClosed}>
            {canBeUndone ? "Leave it" : "Close"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Preview({ preview, zone }: { preview: DryRun; zone: string }) {
  if (preview.diff.length === 0) {
    return <p>Nothing is left to undo: what this change did has been undone, or changed again, since.</p>;
  }
  return (
    <>
      {preview.conflicts.length > 0 && <Conflicts conflicts={preview.conflicts} />}
      <p>
        This would change: {countsInWords(preview.changes)}.
      </p>
      <Changes changes={preview.diff} zone={zone} />
    </>
  );
}

function Conflicts({ conflicts }: { conflicts: readonly Conflict[] }) {
  return (
    <div className="trouble">
      <p>
        This can't be undone now: it would remove slots that students have taken. Move or cancel those lessons first, or
        change the other slots in the week.
      </p>
      <ul>
        {conflicts.map(({ date, time, status }) => (
          <li key={`${date} ${time}`}>
            {shortDate(date)}, {time}: {BOOKINGS[status]}
          </li>
        ))}
      </ul>
    </div>
  );
}

function WhyNot({ error, wasSent, again }: { error: Error; wasSent: boolean; again: () => void }) {
  if (error instanceof SlotBooked) {
    return <Conflicts conflicts={error.conflicts} />;
  }
  const words = wasSent && mayBeSaved(error) ? MAYBE : whyNotUndone(error);
  if (words === undefined) {
    return <Trouble error={error} again={wasSent ? undefined : again} />;
  }
  return (
    <div className="trouble" role="alert">
      <p>{words}</p>
    </div>
  );
}

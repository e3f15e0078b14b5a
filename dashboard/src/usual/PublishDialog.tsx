import { useRef, useState } from "react";
import { InvalidRequest, VersionMismatch } from "slotledger-client";
import type { Api, PublishedSchedule, Schedule } from "slotledger-client";
import { Dialog } from "../Dialog";
import { ErrorMessage } from "../ErrorMessage";
import { t } from "../texts";
import { clockName } from "../time";
import { useAnswer } from "../useAnswer";
import { publishedLines, weekdayName } from "./labels";

interface PublishDialogProps {
  api: Api;
  tutorId: string;
  /** What to save; null stops publishing. */
  schedule: Schedule | null;
  /** The version that the edit is based on. */
  version: number;
  isAdmin: boolean;
  today: string;
  onClose: () => void;
  onSaved: (answer: PublishedSchedule) => void;
  /** Called if somebody else has changed the schedule: show that schedule, or keep this edit and base it on that one. */
  onReload: (keepsEdit: boolean) => void;
}

/** A dialog that says what a save of a usual week would change and what it would keep, and saves it. */
export function PublishDialog(props: PublishDialogProps) {
  const { api, tutorId, schedule, version, isAdmin, today, onClose, onSaved, onReload } = props;
  const [overwrite, setOverwrite] = useState(false);
  const [saveError, setSaveError] = useState<Error>();
  const [isSaving, setIsSaving] = useState(false);
  const isInFlight = useRef(false);
  const toSave = { tutorId, schedule, version, overwrite };
  const preview = useAnswer(
    "publish preview",
    [toSave],
    (signal) => api.schedules.save({ ...toSave, dryRun: true }, { signal }),
    { isKept: false },
  );
  const error = saveError ?? preview.error;
  const answer = error === undefined ? preview.answer : undefined;
  const isStop = schedule === null;

  async function save() {
    if (isInFlight.current || preview.isLoading) {
      return; // `aria-disabled` doesn't stop clicks
    }
    isInFlight.current = true;
    setIsSaving(true);
    try {
      onSaved(await api.schedules.save(toSave));
    } catch (error) {
      setSaveError(error as Error);
    } finally {
      isInFlight.current = false;
      setIsSaving(false);
    }
  }

  const close = () => isInFlight.current || onClose();
  if (error instanceof VersionMismatch) {
    return (
      <Dialog title={t.usual.publish.changedElsewhere} onClose={close}>
        <p>{t.usual.publish.somebody}</p>
        <div className="buttons">
          <button className="primary" onClick={() => onReload(false)}>
            {t.usual.publish.show}
          </button>
          <button onClick={() => onReload(true)}>{isStop ? t.usual.publish.stopAnyway : t.usual.publish.replace}</button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={isStop ? t.usual.publish.stopQuestion : t.usual.review} onClose={close}>
      <div className="result" aria-live="polite" aria-busy={preview.isLoading}>
        {error instanceof InvalidRequest ? (
          <InvalidFields error={error} schedule={schedule} />
        ) : error ? (
          <ErrorMessage
            error={error}
            retry={() => {
              setSaveError(undefined);
              preview.reload();
            }}
          />
        ) : answer ? (
          publishedLines(answer, today, isAdmin).map((line) => <p key={line}>{line}</p>)
        ) : (
          <p>{t.usual.publish.checking}</p>
        )}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {answer && (overwrite || answer.kept.some(({ why }) => why === "edited")) && (
          <label className="choice">
            <input type="checkbox" checked={overwrite} onChange={(event) => setOverwrite(event.target.checked)} />
            <span>{t.usual.publish.also(isStop, isAdmin)}</span>
          </label>
        )}
        <div className="buttons">
          {answer && (
            <button className="primary" aria-disabled={isSaving || preview.isLoading}>
              {isSaving ? t.usual.publish.saving : isStop ? t.usual.stop : t.usual.publish.save}
            </button>
          )}
          <button type="button" aria-disabled={isSaving} onClick={close}>
            {t.usual.publish.back}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** The invalid fields of a save, each with its slot or break if it has one. */
function InvalidFields({ error, schedule }: { error: InvalidRequest; schedule: Schedule | null }) {
  return (
    <div role="alert" className="error">
      <p>{t.usual.publish.invalid}</p>
      <ul>
        {error.errors.map(({ field, message }) => {
          const [, kind, number] = /^schedule\.(slots|breaks)\[(\d+)\]/.exec(field) ?? [];
          const slot = kind === "slots" ? schedule?.slots[Number(number)] : undefined;
          const where = slot
            ? `${weekdayName(slot.weekday)}, ${clockName(slot.time)}`
            : kind === "breaks"
              ? t.usual.breaks.number(Number(number) + 1)
              : field.replace("schedule.", "");
          return (
            <li key={field}>
              {where}: {message}.
            </li>
          );
        })}
      </ul>
    </div>
  );
}

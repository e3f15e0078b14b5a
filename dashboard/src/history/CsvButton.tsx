import { useState } from "react";
import { InvalidRequest } from "slotledger-client";
import type { Api } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { addDays, dateIn } from "../time";
import { t } from "../texts";
import type { Filter } from "./filter";

/** A button that downloads the filtered history as a CSV file. */
export function CsvButton({
  api,
  tutorId,
  filter: { days, ...entryFilter },
  zone,
  onError,
}: {
  api: Api;
  tutorId: string;
  filter: Filter;
  /** The tutor's time zone; undefined until it is loaded. */
  zone: string | undefined;
  onError: (error: Error | undefined) => void;
}) {
  const [isLoading, setIsLoading] = useState(false);
  const isDisabled = isLoading || zone === undefined;

  async function downloadCsv(zone: string) {
    setIsLoading(true);
    onError(undefined);
    try {
      const text = await api.audit.getHistoryCsv(tutorId, days, entryFilter);
      const last = dateIn(zone, new Date());
      saveFile(`history_${tutorId}_${addDays(last, -days)}_${last}.csv`, text);
    } catch (error) {
      onError(error as Error);
    } finally {
      setIsLoading(false);
    }
  }

  return (
    <button aria-disabled={isDisabled} onClick={() => isDisabled || void downloadCsv(zone)}>
      {t.history.csv}
    </button>
  );
}

/** The error message of a download. */
export function CsvError({ error }: { error: Error }) {
  if (!(error instanceof InvalidRequest)) {
    return <ErrorMessage error={error} />;
  }
  return (
    <div role="alert" className="error">
      <p>{t.history.csvTooLarge}</p>
    </div>
  );
}

/** Save a text as a UTF-8 file. It begins with a byte order mark, because otherwise Excel doesn't read it as UTF-8. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers read the file after the click
}

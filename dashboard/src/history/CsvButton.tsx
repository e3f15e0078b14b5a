import { useState } from "react";
import { InvalidRequest } from "slotledger-client";
import type { Api } from "slotledger-client";
import { Trouble } from "../Trouble";
import { addDays, dateIn } from "../time";
import type { Filter } from "./useHistory";

/** Keeps the history, as it is filtered, as a file. */
export function CsvButton({
  api,
  tutorId,
  filter: { days, ...entries },
  zone,
  onTrouble,
}: {
  api: Api;
  tutorId: string;
  filter: Filter;
  /** Undefined while it isn't known yet. */
  zone: string | undefined;
  onTrouble: (error: Error | undefined) => void;
}) {
  const [isMaking, setIsMaking] = useState(false);
  const isOff = isMaking || zone === undefined;

  async function make(zone: string) {
    setIsMaking(true);
    onTrouble(undefined);
    try {
      const text = await api.audit.getHistoryCsv(tutorId, days, entries);
      const last = dateIn(zone, new Date());
      download(`history_${tutorId}_${addDays(last, -days)}_${last}.csv`, text);
    } catch (error) {
      onTrouble(error as Error);
    } finally {
      setIsMaking(false);
    }
  }

  return (
    <button aria-disabled={isOff} onClick={() => isOff || void make(zone)}>
      Download (CSV)
    </button>
  );
}

/** Why there is no file. */
export function CsvTrouble({ error }: { error: Error }) {
  if (!(error instanceof InvalidRequest)) {
    return <Trouble error={error} />;
  }
  return (
    <div role="alert" className="trouble">
      <p>That is too much for one file. Choose a shorter period, or filter by day or reason.</p>
    </div>
  );
}

/** Hands a text to the browser as a file, to be kept; by the mark in front, Excel knows that it is UTF-8. */
function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers read it only after a while
}

import { useEffect } from "react";
import { addDays } from "../../time";
import type { Draft } from "../draft";
import { drawnOn } from "./layout";

/** Compute the times of the days beside, while nothing else happens, so that they are drawn sooner. */
export function usePreparedDays(draft: Draft, dates: readonly string[]) {
  useEffect(() => {
    if (!("requestIdleCallback" in window)) {
      return; // not every browser has it
    }
    const beside = dates.flatMap((date) => [addDays(date, dates.length), addDays(date, -dates.length)]);
    const prepare = () => {
      const date = beside.shift();
      if (date !== undefined) {
        drawnOn(draft, [date]);
        handle = requestIdleCallback(prepare);
      }
    };
    let handle = requestIdleCallback(prepare);
    return () => cancelIdleCallback(handle);
  }, [draft.loadedDays, dates.join()]);
}

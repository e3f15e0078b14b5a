import { t } from "../texts";
import { clockName, formatLocale, placeOf, zoneName } from "../time";
import { otherZones } from "./manyDays";
import type { Draft } from "./draft";

interface ZoneNoticeProps {
  draft: Draft;
  /** The shown dates. */
  dates: readonly string[];
  isBusy: boolean;
  onShift: (fromZone: string) => void;
}

/**
 * A notice if free slots of the shown dates aren't in the tutor's zone, because the tutor moved or offered them for a
 * journey. Its buttons shift the free slots of a zone to the tutor's zone, as an edit that isn't saved yet.
 */
export function ZoneNotice({ draft, dates, isBusy, onShift }: ZoneNoticeProps) {
  const zones = otherZones(draft, dates, Date.now());
  if (zones.length === 0) {
    return null;
  }
  const names = new Intl.ListFormat(formatLocale()).format(zones.map(zoneName));
  return (
    <div className="notice zone-notice">
      <p>
        <strong>{t.week.zones.moved}</strong> {t.week.zones.freeIn(names, zoneName(draft.zone), clockName("09:00"))}
      </p>
      <div className="buttons">
        {zones.map((zone) => (
          <button key={zone} aria-disabled={isBusy} onClick={() => isBusy || onShift(zone)}>
            {t.week.zones.shift(placeOf(zone), placeOf(draft.zone))}
          </button>
        ))}
      </div>
    </div>
  );
}

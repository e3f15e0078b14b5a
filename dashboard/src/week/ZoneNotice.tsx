import { placeOf, zoneName } from "../time";
import { otherZones } from "./draft";
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
  const own = zoneName(draft.zone);
  return (
    <div className="notice zone-notice">
      <p>
        <strong>You moved?</strong> Free slots of this week are in {zones.map(zoneName).join(" and ")}. The tutor's time
        zone is {own}. You can shift the free slots of the coming weeks: 09:00 stays 09:00, but in {own}.
      </p>
      <div className="buttons">
        {zones.map((zone) => (
          <button key={zone} aria-disabled={isBusy} onClick={() => isBusy || onShift(zone)}>
            Shift {placeOf(zone)} to {placeOf(draft.zone)}
          </button>
        ))}
      </div>
    </div>
  );
}

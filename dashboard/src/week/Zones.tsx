import { clockChangeOn } from "../clock";
import { t } from "../texts";
import { clockName, isSameZone, longDate, viewersZone, zoneName } from "../time";

/** A text with the time zones. It also names each day of the week on which the clocks change. */
export function Zones({ zone, dates }: { zone: string; dates: readonly string[] }) {
  const viewers = viewersZone();
  const isSame = isSameZone(zone, viewers);
  const changes = dates.map((date) => [date, clockChangeOn(zone, date)] as const).filter(([, change]) => change !== null);
  return (
    <>
      {isSame ? zoneName(zone) : t.week.zones.timesAre(zoneName(zone), zoneName(viewers))}
      {changes.map(([date, change]) => (
        <strong key={date}>
          {" "}
          {t.week.zones[change!.isSkipped ? "skipped" : "twice"](longDate(date), clockName(change!.from), clockName(change!.to))}
        </strong>
      ))}
    </>
  );
}

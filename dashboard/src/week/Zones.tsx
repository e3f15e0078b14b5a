import { clockChangeOn } from "../clock";
import { isSameZone, longDate, viewersZone, zoneName } from "../time";

/** A text with the time zones. It also names each day of the week on which the clocks change. */
export function Zones({ zone, dates }: { zone: string; dates: readonly string[] }) {
  const viewers = viewersZone();
  const isSame = isSameZone(zone, viewers);
  const changes = dates.map((date) => [date, clockChangeOn(zone, date)] as const).filter(([, change]) => change !== null);
  return (
    <>
      {" · "}
      {isSame ? zoneName(zone) : `Times are ${zoneName(zone)}, the tutor's. Yours (${zoneName(viewers)}) are below them.`}
      {changes.map(([date, change]) => (
        <strong key={date}>
          {` On ${longDate(date)} the clocks change: ${change!.from} to ${change!.to} `}
          {change!.isSkipped ? "doesn't exist." : "comes twice; slots start the first time."}
        </strong>
      ))}
    </>
  );
}

import type { Api, Demand } from "slotledger-client";
import { ErrorMessage } from "../ErrorMessage";
import { formatNumber } from "../labels";
import { t } from "../texts";
import { addDays, hourName, weekdayName } from "../time";
import { useAnswer } from "../useAnswer";
import type { Answer } from "../useAnswer";

/** The hours of a week, Monday first: how many of the slots that started in them were booked. */
export type DemandOfWeek = Demand["byWeekdayHour"];

/** Seasons change slowly, and a single week may be a coincidence. */
const DEMAND_DAYS = 12 * 7;
/** An hour fills up if it was offered often enough to tell, and half of that was booked. */
const FILLS_UP = { offered: 4, share: 0.5 };
const NAMED_HOURS = 3;
const A_MONDAY = "2001-01-01";

/** Load how many of a tutor's slots were booked in the last twelve weeks. */
export function useDemand(api: Api, tutorId: string, isShown: boolean): Answer<DemandOfWeek | undefined> {
  return useAnswer("demand", [tutorId, isShown], async (signal) =>
    isShown ? (await api.audit.getChangeStats(tutorId, DEMAND_DAYS, { signal })).demand.byWeekdayHour : undefined,
  );
}

interface DemandChoiceProps {
  demand: Answer<DemandOfWeek | undefined>;
  isShown: boolean;
  onShow: (isShown: boolean) => void;
}

/** The choice to shade the hours that fill up. If they are shaded: what the shades mean, and the fullest hours in words. */
export function DemandChoice({ demand: { answer, error, reload }, isShown, onShow }: DemandChoiceProps) {
  const hours = answer && fullestHours(answer);
  return (
    <div className="demand">
      <label>
        <input type="checkbox" checked={isShown} onChange={(event) => onShow(event.target.checked)} />
        {t.week.demand.show}
      </label>
      {isShown && error && <ErrorMessage error={error} retry={reload} />}
      {isShown && hours && (
        <>
          <p className="demand-key" aria-hidden="true">
            {t.week.demand.seldom}
            {[0.25, 0.5, 0.75, 1].map((share) => (
              <i key={share} className="heat" style={{ "--share": share } as Record<string, number>} />
            ))}
            {t.week.demand.always}
          </p>
          <p className="small">{t.week.demand.means}</p>
          <ul>
            {hours.map(({ weekday, hour, offered, booked }) => (
              <li key={`${weekday} ${hour}`}>
                {t.week.demand.hour(
                  `${weekdayName(addDays(A_MONDAY, weekday))} ${hourName(hour)}`,
                  formatNumber(booked),
                  formatNumber(offered),
                )}
              </li>
            ))}
          </ul>
          {hours.length === 0 && <p>{t.week.demand.none}</p>}
        </>
      )}
    </div>
  );
}

/** Return the hours that fill up most, the fullest first. */
function fullestHours(demand: DemandOfWeek) {
  return demand
    .flatMap((hours, weekday) => hours.map((counts, hour) => ({ weekday, hour, ...counts })))
    .filter(({ offered, booked }) => offered >= FILLS_UP.offered && booked >= FILLS_UP.share * offered)
    .sort((one, other) => other.booked / other.offered - one.booked / one.offered || other.booked - one.booked)
    .slice(0, NAMED_HOURS);
}

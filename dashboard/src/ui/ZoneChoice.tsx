import { memo } from "react";
import { t } from "../texts";
import { browsersZone, placeOf } from "../time";
import { chooseZone, useZone } from "../zone";
import { Icon } from "./Icon";

/** In which zone the times are. The viewer can choose another zone, which stays chosen. */
export const ZoneChoice = memo(function ZoneChoice() {
  const zone = useZone();
  const own = browsersZone();
  const zones = [...new Set([...Intl.supportedValuesOf("timeZone"), zone])].filter((each) => each !== own);
  zones.sort((a, b) => placeOf(a).localeCompare(placeOf(b)));
  return (
    <label className="zone-choice">
      <Icon name="globe" />
      <span className="hidden">{t.book.zone}</span>
      <select value={zone} onChange={({ target: { value } }) => chooseZone(value === own ? null : value)}>
        <option value={own}>{placeOf(own)}</option>
        {zones.map((each) => (
          <option key={each} value={each}>
            {placeOf(each)}
          </option>
        ))}
      </select>
    </label>
  );
});

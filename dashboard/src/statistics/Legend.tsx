import { t } from "../texts";

/** The legend of a chart of added and removed slots. */
export function Legend() {
  return (
    <ul className="legend">
      <li>
        <span className="key added" /> {t.statistics.charts.added}
      </li>
      <li>
        <span className="key removed" /> {t.statistics.charts.removed}
      </li>
      <li>
        <span className="key late" /> {t.statistics.charts.removedLate} {t.statistics.late}
      </li>
    </ul>
  );
}

/** The SVG pattern for late removals. All charts of the page use it. */
export function LatePattern() {
  return (
    <svg className="patterns" aria-hidden="true">
      <pattern id="late" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="background" width="5" height="5" />
        <rect className="stripe" width="2" height="5" />
      </pattern>
    </svg>
  );
}

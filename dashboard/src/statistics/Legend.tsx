import { LATE } from "./labels";

/** What the bars of added and removed slots mean, by where they are, and by texture besides the colour. */
export function Legend() {
  return (
    <ul className="legend">
      <li>
        <span className="key added" /> added
      </li>
      <li>
        <span className="key removed" /> removed
      </li>
      <li>
        <span className="key late" /> removed late: {LATE}
      </li>
    </ul>
  );
}

/** The hatching of late removals, which every plot of a page fills them with. */
export function LatePattern() {
  return (
    <svg className="patterns" aria-hidden="true">
      <pattern id="late" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="ground" width="5" height="5" />
        <rect className="stripe" width="2" height="5" />
      </pattern>
    </svg>
  );
}

import { useMemo, useRef } from "react";
import type { DrawnSlot } from "./layout";
import { foldsOf, scaleOf } from "./scale";
import type { Scale } from "./scale";

/** Return the scale. Hours that were shown once stay unfolded, so that nothing moves when the last slot in them goes. */
export function useScale(columns: readonly (readonly DrawnSlot[])[], isUnfolded: boolean): Scale {
  const shown = useRef({ from: 24 * 60, to: 0 });
  const parts = columns.flat().map(({ part }) => part);
  const from = Math.min(shown.current.from, ...parts.map((part) => part.from));
  const to = Math.max(shown.current.to, ...parts.map((part) => part.to));
  shown.current = { from, to };
  return useMemo(() => scaleOf(isUnfolded ? [] : foldsOf(from < to ? [{ from, to }] : [])), [isUnfolded, from, to]);
}

import { useState } from "react";
import type { CSSProperties, RefObject } from "react";

/** Room for the options of a slot, in pixels. */
const ROOM = { width: 312, height: 340 };

/** Return which slot's options are shown and where: beside the slot, inside the window. */
export function useOptionsBeside(grid: RefObject<HTMLElement | null>) {
  const [shown, setShown] = useState<{ key: string; style: CSSProperties } | null>(null);

  /** Show the options of a slot. Return whether the slot is in the grid. */
  function open(key: string): boolean {
    const element = grid.current!.querySelector(`[data-slot="${CSS.escape(key)}"]`);
    if (element === null) {
      return false;
    }
    const { left, right, top } = element.getBoundingClientRect();
    const isRtl = getComputedStyle(element).direction === "rtl";
    const fits = isRtl ? left >= ROOM.width : right + ROOM.width <= innerWidth;
    const x = fits === isRtl ? left - ROOM.width : right;
    setShown({ key, style: { left: Math.max(x, 0), top: Math.max(Math.min(top, innerHeight - ROOM.height), 0) } });
    return true;
  }

  return { shown, open, close: () => setShown(null) };
}

import { useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent, RefObject } from "react";
import { nextMinute, settle, slotAt } from "./cursor";
import { begin, follow } from "./gesture";
import type { Gesture, Place } from "./gesture";
import type { DrawnSlot } from "./layout";
import type { Fold } from "./scale";

interface CursorOptions {
  grid: RefObject<HTMLElement | null>;
  /** The slots of each shown day. */
  columns: readonly (readonly DrawnSlot[])[];
  folds: readonly Fold[];
  /** The length of new slots: Shift with an arrow key makes a rectangle larger by a slot. */
  durationMinutes: number;
  /** Where the keyboard is at first. */
  first: Place;
  /** Return where an element is, if it is a slot. */
  placeOf: (element: HTMLElement) => Place | undefined;
  onOffer: (place: Place) => void;
  onFill: (gesture: Gesture) => void;
  onTakeBack: (drawn: DrawnSlot) => void;
  onOptions: (drawn: DrawnSlot) => void;
  /** Called when an arrow key leaves the shown days: -1 for the days before, 1 for those after. */
  onPage: (direction: 1 | -1) => void;
  onUnfold: () => void;
}

/**
 * The keyboard in the week. The grid is one Tab stop. Arrow keys go from time to time and from day to day; with Shift,
 * they draw a rectangle, which Enter fills. Return the cursor's place, the rectangle, and handlers for the grid.
 */
export function useCursor(options: CursorOptions) {
  const { grid, columns, folds, first } = options;
  const [chosen, setCursor] = useState<Place | null>(null);
  const [selection, setSelection] = useState<Gesture | null>(null);
  const hasFocus = useRef(false);
  const last = columns.length - 1;
  const at = chosen ?? first;
  const cursor = settle(columns[Math.min(at.day, last)]!, { ...at, day: Math.min(at.day, last) });

  useLayoutEffect(() => {
    // A slot that was offered or taken back has another element now: the focus goes to what is at the cursor.
    const target = grid.current?.querySelector<HTMLElement>("[data-column] [tabindex='0']");
    if (hasFocus.current && target && document.activeElement !== target && !isInDialog(document.activeElement)) {
      target.focus({ preventScroll: false });
    }
  });

  function goTo(place: Place) {
    setSelection(null);
    setCursor(settle(columns[place.day]!, place));
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (isInDialog(event.target as Element) || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const here = slotAt(columns[cursor.day]!, cursor.minute);
    const isRtl = getComputedStyle(grid.current!).direction === "rtl";
    const sideways: Record<string, 1 | -1> = isRtl ? { ArrowLeft: 1, ArrowRight: -1 } : { ArrowLeft: -1, ArrowRight: 1 };
    const vertical: Record<string, 1 | -1> = { ArrowUp: -1, ArrowDown: 1 };
    const { key } = event;
    if (event.shiftKey && (key in sideways || key in vertical)) {
      extend(sideways[key] ?? 0, vertical[key] ?? 0);
    } else if (key in vertical) {
      const minute = nextMinute(columns[cursor.day]!, folds, cursor.minute, vertical[key]!);
      if (minute === cursor.minute && folds.length > 0) {
        options.onUnfold();
      }
      goTo({ ...cursor, minute });
    } else if (key in sideways) {
      const day = cursor.day + sideways[key]!;
      if (day < 0 || day > last) {
        options.onPage(sideways[key]!);
        goTo({ day: day < 0 ? last : 0, minute: at.minute });
      } else {
        goTo({ day, minute: at.minute });
      }
    } else if (key === "PageUp" || key === "PageDown") {
      options.onPage(key === "PageUp" ? -1 : 1);
    } else if (key === "Home" || key === "End") {
      goTo({ day: key === "Home" ? 0 : last, minute: at.minute });
    } else if ((key === "Enter" || key === " ") && selection !== null) {
      options.onFill(selection);
      setSelection(null);
    } else if ((key === "Enter" || key === " ") && here === undefined) {
      options.onOffer(cursor);
    } else if ((key === "Delete" || key === "Backspace") && here !== undefined) {
      options.onTakeBack(here);
    } else if ((key === "F2" || key === "ContextMenu" || (key === "F10" && event.shiftKey)) && here !== undefined) {
      options.onOptions(here);
    } else if (key === "Escape" && selection !== null) {
      setSelection(null);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** Make the rectangle larger or smaller by a day or a half hour. It begins at the cursor. */
  function extend(days: number, steps: number) {
    const { durationMinutes } = options;
    const current = selection ?? follow(begin(cursor), { ...cursor, minute: cursor.minute + durationMinutes });
    if (current.kind !== "fill") {
      return;
    }
    const { anchor } = current;
    const day = (current.days[0] < anchor.day ? current.days[0] : current.days[1]) + days;
    const minute = (current.from < anchor.minute ? current.from : current.to) + steps * durationMinutes;
    setSelection(
      follow(current, { day: Math.min(Math.max(day, 0), last), minute: Math.min(Math.max(minute, 0), 24 * 60) }),
    );
  }

  return {
    cursor,
    selection,
    handlers: {
      onKeyDown,
      onFocus: ({ target }: { target: EventTarget }) => {
        hasFocus.current = !isInDialog(target as Element);
        const place = options.placeOf(target as HTMLElement);
        if (place && (place.day !== cursor.day || place.minute !== cursor.minute)) {
          goTo(place); // a screen reader may give the focus to any slot
        }
      },
      onBlur: ({ relatedTarget }: { relatedTarget: EventTarget | null }) => {
        // If the element with the focus is removed, nothing else gets the focus: then it stays in the grid.
        hasFocus.current = hasFocus.current && relatedTarget === null && document.hasFocus();
      },
    },
    goTo,
    /** Give the focus to the cursor's place when the grid is rendered next. */
    takeFocus: () => void (hasFocus.current = true),
  };
}

function isInDialog(element: Element | null): boolean {
  return element?.closest("[role=dialog], dialog") != null;
}

import { useEffect, useRef, useState } from "react";
import type { RefObject } from "react";
import { begin, follow } from "./gesture";
import type { Gesture, Place } from "./gesture";
import type { DrawnSlot } from "./layout";

/** A mouse has to move this far before a press is a drag, in pixels. A finger may move this far in a long press. */
const THRESHOLD = 5;
const LONG_PRESS_MS = 400;
/** Near the upper and the lower edge of the week, a drag scrolls. */
const EDGE_PX = 28;

interface DragOptions {
  /** The element whose columns (`[data-column]`) are dragged over. */
  grid: RefObject<HTMLElement | null>;
  /** Return the time at a share of a column's height. */
  minuteAt: (share: number) => number;
  /** Return the slot of a key, or undefined if it can't be dragged. */
  slotOf: (key: string) => DrawnSlot | undefined;
  onDrop: (gesture: Gesture) => void;
  /** Called when a finger rests on a slot without moving. */
  onLongPress: (key: string) => void;
}

/**
 * Return the drag that is under way. A mouse drags at once. A finger drags after a long press, so that a swipe scrolls and
 * creates nothing. Escape ends a drag without effect.
 */
export function useDrag(options: DragOptions): Gesture | null {
  const [gesture, setGesture] = useState<Gesture | null>(null);
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    const element = latest.current.grid.current!;
    let press: { place: Place; key?: string; isEdge: boolean; x: number; y: number; pointer: number } | null = null;
    let current: Gesture | null = null;
    let hasMoved = false;
    let timer = 0;

    const update = (next: Gesture | null) => setGesture((current = next));
    const stop = () => {
      clearTimeout(timer);
      press = null;
      update(null);
    };
    const placeAt = (x: number, y: number): Place => {
      const columns = [...element.querySelectorAll("[data-column]")].map((column) => column.getBoundingClientRect());
      const distance = (box: DOMRect) => Math.max(box.left - x, x - box.right, 0);
      const day = columns.reduce((best, box, i) => (distance(box) < distance(columns[best]!) ? i : best), 0);
      const { top, height } = columns[day]!;
      return { day, minute: latest.current.minuteAt((y - top) / height) };
    };
    const start = () => {
      const { place, key, isEdge, pointer } = press!;
      const drawn = key === undefined ? undefined : latest.current.slotOf(key);
      if (key !== undefined && drawn === undefined) {
        stop(); // this slot can't be dragged
        return;
      }
      element.setPointerCapture(pointer);
      update(begin(place, drawn, isEdge));
    };

    const onDown = (event: PointerEvent) => {
      const target = event.target as HTMLElement;
      if (event.button !== 0 || !target.closest("[data-column]") || target.closest("[role=dialog]")) {
        return;
      }
      const cell = target.closest("[role=gridcell]");
      const key = cell?.querySelector<HTMLElement>("[data-slot]")?.dataset.slot;
      const { clientX: x, clientY: y, pointerId: pointer } = event;
      press = { place: placeAt(x, y), key, isEdge: target.closest("[data-edge]") !== null, x, y, pointer };
      hasMoved = false;
      if (event.pointerType === "touch") {
        timer = window.setTimeout(start, LONG_PRESS_MS);
      }
    };
    const onMove = (event: PointerEvent) => {
      if (press === null || event.pointerId !== press.pointer) {
        return;
      }
      const isFar = Math.hypot(event.clientX - press.x, event.clientY - press.y) > THRESHOLD;
      if (current === null) {
        if (isFar && event.pointerType === "touch") {
          stop(); // a swipe
        } else if (isFar) {
          start();
        }
      }
      if (current !== null && isFar) {
        hasMoved = true;
        scrollNearEdge(element, event.clientY);
        update(follow(current, placeAt(event.clientX, event.clientY)));
      }
    };
    const onUp = () => {
      const [dropped, key] = [current, press?.key];
      stop();
      if (dropped !== null && hasMoved) {
        addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => removeEventListener("click", swallow, { capture: true })); // there may be no click
        latest.current.onDrop(dropped);
      } else if (dropped !== null && key !== undefined) {
        addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => removeEventListener("click", swallow, { capture: true }));
        latest.current.onLongPress(key);
      }
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape" && current !== null) {
        event.preventDefault();
        stop();
      }
    };
    const keepFromScrolling = (event: TouchEvent) => current !== null && event.preventDefault();
    const keepMenuClosed = (event: Event) => current !== null && event.preventDefault();

    element.addEventListener("pointerdown", onDown);
    // The pointer may leave the grid before a press is a drag.
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onUp);
    addEventListener("pointercancel", stop);
    element.addEventListener("touchmove", keepFromScrolling, { passive: false });
    element.addEventListener("contextmenu", keepMenuClosed);
    addEventListener("keydown", onKey);
    return () => {
      clearTimeout(timer);
      element.removeEventListener("pointerdown", onDown);
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onUp);
      removeEventListener("pointercancel", stop);
      element.removeEventListener("touchmove", keepFromScrolling);
      element.removeEventListener("contextmenu", keepMenuClosed);
      removeEventListener("keydown", onKey);
    };
  }, []);
  return gesture;
}

/** Keep the click that follows a drag from doing anything. */
function swallow(event: Event) {
  event.stopPropagation();
  event.preventDefault();
}

/** Scroll the week if the pointer is near its upper or lower edge. */
function scrollNearEdge(element: HTMLElement, y: number) {
  const { top, bottom } = element.getBoundingClientRect();
  if (y < top + EDGE_PX) {
    element.scrollBy(0, -EDGE_PX / 2);
  } else if (y > bottom - EDGE_PX) {
    element.scrollBy(0, EDGE_PX / 2);
  }
}

/** The time zone in which the viewer sees times: the browser's, or another one that the viewer has chosen. */

import { useSyncExternalStore } from "react";
import { store } from "./storage";
import { CHOSEN_ZONE, viewersZone } from "./time";

const listeners = new Set<() => void>();

/** Show all times in a zone, and keep the choice. Null is the browser's zone. */
export function chooseZone(zone: string | null): void {
  store(CHOSEN_ZONE, zone, "local");
  listeners.forEach((listener) => listener());
}

/** Return the viewer's zone, and render again when the viewer chooses another one. */
export function useZone(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    addEventListener("storage", listener); // chosen in another tab
    return () => {
      listeners.delete(listener);
      removeEventListener("storage", listener);
    };
  }, viewersZone);
}

/** The booker in a frame of another page, and the messages between the two (docs/embedding.md). */

import type { BookerEvent } from "./embedding";
import { THEMES } from "../ui/theme";
import type { Theme } from "../ui/theme";

/** Whether this page is in a frame. Then it is only the booker. */
export const isFramed = window.parent !== window;

/** What the frame says to the page around it. */
export type FrameMessage =
  | { type: "slotledger:ready" }
  | { type: "slotledger:height"; height: number }
  | { type: `slotledger:${BookerEvent["type"]}`; bookings: BookerEvent["bookings"] };

/** Return the colours that the address of a frame names: `?theme=dark`. */
export function themeOfAddress(): Theme {
  const theme = new URLSearchParams(location.search).get("theme");
  return THEMES.find((each) => each === theme) ?? "system";
}

/**
 * Return to which origins messages may go: the one of the page around this frame, if it is allowed. If the browser
 * doesn't name it, return all allowed ones. Then the browser delivers a message only if the page has this origin.
 */
export function recipients(allowed: readonly string[]): readonly string[] {
  const parent = location.ancestorOrigins?.[0] ?? (document.referrer && new URL(document.referrer).origin);
  return parent ? allowed.filter((origin) => origin === parent) : allowed;
}

/** Return the token in a message. Return undefined if it isn't from the page around this frame, or has none. */
export function tokenIn({ source, origin, data }: MessageEvent, allowed: readonly string[]): string | null | undefined {
  if (source !== window.parent || !allowed.includes(origin) || data?.type !== "slotledger:token") {
    return undefined;
  }
  return typeof data.token === "string" || data.token === null ? data.token : undefined;
}

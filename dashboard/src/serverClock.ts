/** The server's clock. The viewer's may be wrong, and holds run out by the server's. */

/** The resolution of `Date` headers, with half a second for the way of an answer. */
const RESOLUTION_MS = 1500;

let offsetMs = 0;

/** Compare the viewer's clock with the `Date` header of an answer that no cache has stored. */
export function noteServerTime(header: string | null): void {
  // Some servers send the header twice, so take the first one: it has 29 characters.
  const seconds = Date.parse(header?.slice(0, 29) ?? "");
  const found = seconds + 500 - Date.now();
  if (Math.abs(found - offsetMs) > RESOLUTION_MS) {
    offsetMs = Math.abs(found) > RESOLUTION_MS ? found : 0; // stay at the same offset, so that countdowns don't jump
  }
}

/** Return the milliseconds since 1970 by the server's clock, as far as it is known. */
export function serverNow(): number {
  return Date.now() + offsetMs;
}

/** The scripts came quickly if each took at most so long. */
const QUICK_MS = 300;

/**
 * Load the font before a text needs it, so that it is there in time (`font-display: optional`). If already the scripts came
 * slowly, leave the network to what the page can't do without: the font is then used on the next page.
 */
export function loadFont(): void {
  const durations = performance.getEntriesByType("resource").map(({ duration }) => duration);
  if (Math.max(0, ...durations) <= QUICK_MS) {
    void document.fonts.load('1em "Inter Variable"').catch(() => undefined);
  }
}

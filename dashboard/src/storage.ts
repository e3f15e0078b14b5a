/**
 * Values that the browser stores: until the tab is closed ("session"), or for good ("local"). If it forbids this, they
 * are stored in memory.
 */

const memory = new Map<string, string>();

type Area = "session" | "local";

function areaOf(area: Area): Storage {
  return area === "local" ? localStorage : sessionStorage;
}

/** Return a stored value, or null. */
export function readStored(key: string, area: Area = "session"): string | null {
  try {
    return areaOf(area).getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

/** Store a value. Null removes the stored value. */
export function store(key: string, value: string | null, area: Area = "session"): void {
  try {
    if (value === null) {
      areaOf(area).removeItem(key);
    } else {
      areaOf(area).setItem(key, value);
    }
  } catch {
    if (value === null) {
      memory.delete(key);
    } else {
      memory.set(key, value);
    }
  }
}

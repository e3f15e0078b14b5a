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

/** Return the keys of all stored values. */
export function storedKeys(area: Area): string[] {
  try {
    return Object.keys(areaOf(area));
  } catch {
    return [...memory.keys()];
  }
}

/** Store a value; null removes it. Return whether the browser stores it. */
export function store(key: string, value: string | null, area: Area = "session"): boolean {
  try {
    if (value === null) {
      areaOf(area).removeItem(key);
    } else {
      areaOf(area).setItem(key, value);
    }
    return true;
  } catch {
    if (value === null) {
      memory.delete(key);
    } else {
      memory.set(key, value);
    }
    return false;
  }
}

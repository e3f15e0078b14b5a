/**
 * Values that are stored until the tab is closed. If the browser forbids `sessionStorage`, they are stored in memory.
 */

const memory = new Map<string, string>();

/** Return a stored value, or null. */
export function readStored(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

/** Store a value. Null removes the stored value. */
export function store(key: string, value: string | null): void {
  try {
    if (value === null) {
      sessionStorage.removeItem(key);
    } else {
      sessionStorage.setItem(key, value);
    }
  } catch {
    if (value === null) {
      memory.delete(key);
    } else {
      memory.set(key, value);
    }
  }
}

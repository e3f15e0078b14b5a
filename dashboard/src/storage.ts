/** Values that this tab keeps until it is closed: in memory, if the browser forbids `sessionStorage`. */

const memory = new Map<string, string>();

export function readStored(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

/** Store a value; null removes it. */
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

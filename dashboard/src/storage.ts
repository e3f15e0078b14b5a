/** What this tab keeps until it is closed; where the browser forbids that, what this page does. */

const kept = new Map<string, string>();

export function stored(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return kept.get(key) ?? null;
  }
}

/** Keeps a value; null removes it. */
export function store(key: string, value: string | null): void {
  try {
    if (value === null) {
      sessionStorage.removeItem(key);
    } else {
      sessionStorage.setItem(key, value);
    }
  } catch {
    if (value === null) {
      kept.delete(key);
    } else {
      kept.set(key, value);
    }
  }
}

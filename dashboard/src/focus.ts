import { useEffect, useRef } from "react";
import type { KeyboardEvent, RefObject } from "react";

/**
 * In a table of days with seven columns, give the focus to the button that an arrow key leads to. The left and the right key
 * go where they point, also from right to left.
 */
export function moveInMonth(event: KeyboardEvent<HTMLTableElement>): void {
  const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
  const steps: Record<string, number> = { ArrowLeft: -forward, ArrowRight: forward, ArrowUp: -7, ArrowDown: 7 };
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + (steps[event.key] ?? NaN)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

/**
 * Return whether what the viewer pressed last, or gave the focus to, is in the same tree as an element. If the element is
 * in a shadow root of another page, it is false when they do something else on that page.
 */
export function useIsUsed(element: RefObject<HTMLElement | null>): RefObject<boolean> {
  const isUsed = useRef(true);
  useEffect(() => {
    const tree = element.current!.getRootNode();
    const note = (event: Event) => (isUsed.current = event.composedPath().includes(tree));
    const types = ["pointerdown", "focusin"];
    types.forEach((type) => addEventListener(type, note, { capture: true }));
    return () => types.forEach((type) => removeEventListener(type, note, { capture: true }));
  }, []);
  return isUsed;
}

/** Move the focus to the heading of an element's section or dialog. Call this before the element is removed. */
export function focusHeading(element: Element): void {
  const container = element.closest("section, dialog") ?? (element.getRootNode() as Document | ShadowRoot);
  const heading = container.querySelector<HTMLElement>("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

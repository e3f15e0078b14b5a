import type { KeyboardEvent } from "react";

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

/** Move the focus to the heading of an element's section or dialog. Call this before the element is removed. */
export function focusHeading(element: Element): void {
  const container = element.closest("section, dialog") ?? (element.getRootNode() as Document | ShadowRoot);
  const heading = container.querySelector<HTMLElement>("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

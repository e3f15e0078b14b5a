/** Move the focus to the heading of an element's section or dialog. Call this before the element is removed. */
export function focusHeading(element: Element): void {
  const container = element.closest("section, dialog") ?? document;
  const heading = container.querySelector<HTMLElement>("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

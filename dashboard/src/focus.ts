/** Move the focus from an element that will be removed to the heading of its section or dialog. */
export function focusHeading(element: Element): void {
  const container = element.closest("section, dialog") ?? document;
  const heading = container.querySelector<HTMLElement>("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

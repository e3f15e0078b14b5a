/** Moves the keyboard from what goes away when it is used to the heading above it; else it would fall to the page's start. */
export function leaveToHeading(used: Element): void {
  const around = used.closest("section, dialog") ?? document;
  const heading = around.querySelector<HTMLElement>("h1, h2");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

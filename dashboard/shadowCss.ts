/**
 * Return a style sheet of the page for a shadow root in another page:
 *
 * - What is for the page as a whole (`:root`, `html`, `body`) is for the element `.page` in the shadow root.
 * - `rem` is of the other page, which may use any size. `--rem` takes its place (src/embed/shadow.css).
 * - The width of the window says nothing about the width of the booker. Conditions ask for that of the element.
 */
export function shadowCss(css: string): string {
  return css
    .replace(/\/\*[^]*?\*\//g, "")
    .replace(/@media \((min|max)-width: ([\d.]+)(px|rem)\)/g, (_, limit: string, size: string, unit: string) => {
      const px = unit === "rem" ? Number(size) * 16 : Number(size);
      return `@container (${limit}-width: ${px}px)`;
    })
    .replace(/(^|[\s,{}])(:root|html|body)(?=[\s,[{])/g, "$1.page")
    .replace(/(-?\d*\.?\d+)rem\b/g, "calc($1 * var(--rem))");
}

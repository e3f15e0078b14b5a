/**
 * The first script of the page. It begins to load the code of the address's view, beside the scripts that all views need: on
 * a slow network, they would otherwise be loaded one after the other.
 */

import { CODE } from "./code";

const isFramed = window.parent !== window;
const view = location.pathname.split("/").at(-1)!;
for (const name of isFramed ? ["frame", view] : [view]) {
  if (Object.hasOwn(CODE, name)) {
    CODE[name as keyof typeof CODE]().catch(() => undefined); // if it fails, the view says so when it is shown
  }
}

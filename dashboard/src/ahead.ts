/**
 * The first script of the page. It begins to load the code of the address's view, beside the scripts that all views need: on
 * a slow network, they would otherwise be loaded one after the other.
 */

import { CODE } from "./code";

const view = location.pathname.split("/").at(-1)!;
if (view in CODE) {
  CODE[view as keyof typeof CODE]().catch(() => undefined); // if it fails, the view says so when it is shown
}

import { readFile } from "node:fs/promises";
import type { Plugin, Rolldown } from "vite";
import { defineConfig } from "vite";
import { shadowCss } from "./shadowCss.ts";
import { common, onwarn } from "./vite.config.ts";

/** The booker has its style sheets as texts, for its shadow root. Imports that would add them to the page do nothing. */
const styleSheets: Plugin = {
  name: "style-sheets-for-the-shadow-root",
  enforce: "pre",
  async load(id) {
    const [file, query] = id.split("?") as [string, string?];
    if (!file.endsWith(".css")) {
      return undefined;
    }
    const css = query === "inline" ? await readFile(file, "utf8") : "";
    return file.endsWith("shadow.css") ? css : shadowCss(css);
  },
};

/** wouter changes `history.pushState` of the page when it is loaded. The booker needs nothing of that file. */
const noBrowserLocation: Plugin = {
  name: "no-browser-location",
  load: (id) =>
    id.endsWith("/wouter/src/use-browser-location.js")
      ? 'export const useBrowserLocation = () => ["/", () => {}]; export const useSearch = () => "";'
      : undefined,
};

/** Write the name of the booker's file, which has a hash, into `booker.js`, which hasn't. */
const nameOfBooker: Plugin = {
  name: "name-of-the-booker",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const file of Object.keys(bundle).filter((name) => name.endsWith(".css"))) {
      delete bundle[file]; // it is empty: the style sheets are in the scripts
    }
    const chunk = (name: string) =>
      Object.values(bundle).find((file): file is Rolldown.OutputChunk => file.type === "chunk" && file.name === name)!;
    const element = chunk("element");
    element.code = element.code.replace("__BOOKER__", chunk("booker").fileName);
  },
};

/** The build of `booker.js`, for other pages. It is written into the folder of the dashboard (`make dashboard`). */
export default defineConfig({
  ...common,
  base: "./",
  plugins: [styleSheets, noBrowserLocation, nameOfBooker],
  build: {
    emptyOutDir: false,
    license: { fileName: "booker-licenses.md" },
    modulePreload: false, // it would add elements to the page
    // Browsers that have `light-dark()`: then the colours follow the colour scheme of the page around the booker.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    rolldownOptions: {
      onwarn,
      input: ["src/embed/element.ts", "src/embed/booker.tsx"],
      preserveEntrySignatures: "strict",
      output: {
        entryFileNames: ({ name }) => (name === "element" ? "booker.js" : "assets/booker-[hash].js"),
        chunkFileNames: "assets/booker-[name]-[hash].js",
      },
    },
  },
});

import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Load the settings and the font together with the scripts, and not only when these ask for them. */
const preload: Plugin = {
  name: "preload",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) => {
      const fonts = Object.keys(bundle ?? {}).filter((file) => /inter-latin-wght-.*\.woff2$/.test(file));
      const settings = { as: "fetch", href: "./config.json" };
      // The page works without the font, so the scripts come first on hosts with HTTP/2.
      const files = fonts.map((file) => ({ as: "font", type: "font/woff2", href: `./${file}`, fetchpriority: "low" }));
      return [settings, ...files].map((attrs) => ({ tag: "link", injectTo: "head", attrs: { rel: "preload", crossorigin: "", ...attrs } }));
    },
  },
};

export default defineConfig({
  // Relative URLs, so that the files work in any folder of any host.
  base: "./",
  plugins: [preload],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    // A test reads the manifest to measure the first load. The manifest has only names of files.
    manifest: true,
    // The licences of the bundled packages must be distributed with them.
    license: { fileName: "licenses.md" },
    // One style sheet. If a view's own style sheet fails to load, Vite shows the view without it and doesn't retry.
    cssCodeSplit: false,
    // Packages mark what runs in browsers, for frameworks that also render on a server. This page doesn't.
    rolldownOptions: { onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning) },
    // The holidays of all countries are loaded only when a tutor opens their list.
    chunkSizeWarningLimit: 1500,
  },
  test: { setupFiles: "./test/setup.ts" },
  resolve: {
    alias: {
      // Bundle the client from its source, so that the client needn't be built first.
      "slotledger-client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)),
      // Preact has React's interface in a third of its size (docs/decisions/dashboard.md).
      "react-dom/client": "preact/compat/client",
      "react-dom": "preact/compat",
      "react/jsx-runtime": "preact/jsx-runtime",
      react: "preact/compat",
    },
  },
});

import { fileURLToPath } from "node:url";
import type { HtmlTagDescriptor, Plugin, Rolldown, UserConfig } from "vite";
import { defineConfig } from "vitest/config";

/** Begin to load the settings, and what the address's view needs, at once, and not only when a script asks for them. */
const ahead: Plugin = {
  name: "ahead",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) => {
      const script = Object.values(bundle ?? {}).find((file) => file.type === "chunk" && file.name === "ahead");
      // The script is async, because other module scripts wait for the style sheet.
      return [
        { tag: "link", injectTo: "head", attrs: { rel: "preload", as: "fetch", crossorigin: "", href: "./config.json" } },
        ...(script ? [{ tag: "script", injectTo: "head-prepend", attrs: { type: "module", async: true, crossorigin: "", src: `./${script.fileName}` } }] : []),
      ] as HtmlTagDescriptor[];
    },
  },
};

/** The settings that the page and the booker for other pages share (vite.booker.config.ts). */
export const common = {
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
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
} satisfies UserConfig;

/** Packages mark what runs in browsers, for frameworks that also render on a server. This page doesn't. */
export const onwarn: Rolldown.InputOptions["onwarn"] = (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning);

export default defineConfig({
  ...common,
  // Relative URLs, so that the files work in any folder of any host.
  base: "./",
  plugins: [ahead],
  build: {
    // A test reads the manifest to measure the first load. The manifest has only names of files.
    manifest: true,
    // The licences of the bundled packages must be distributed with them.
    license: { fileName: "licenses.md" },
    // One style sheet. If a view's own style sheet fails to load, Vite shows the view without it and doesn't retry.
    cssCodeSplit: false,
    rolldownOptions: {
      input: ["index.html", "src/ahead.ts"],
      onwarn,
      // Two files, because each more of them takes its time on a slow network: what ahead.ts imports, and what the page does.
      output: {
        codeSplitting: {
          groups: [
            { name: "first", test: /rolldown.runtime|preload-helper|[\\/]src[\\/](code|storage|texts[\\/](files|language))\.ts$/, priority: 1 },
            { name: "page", tags: ["$initial"], test: /^(?!.*[\\/]ahead\.ts$)/ },
          ],
        },
      },
    },
    // The holidays of all countries are loaded only when a tutor opens their list.
    chunkSizeWarningLimit: 1500,
  },
  test: { setupFiles: "./test/setup.ts" },
});

import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative URLs, so that the files work in any folder of any host. The client is bundled from its source.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    // For a test of the size of the first load. It names only files that the page names, too.
    manifest: true,
    // The licences of the bundled packages must be distributed with them.
    license: { fileName: "licenses.md" },
    // One style sheet. If a view's own style sheet fails to load, Vite shows the view without it and doesn't retry.
    cssCodeSplit: false,
  },
  resolve: { alias: { "slotledger-client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)) } },
});

import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative, so that the files may lie anywhere on any host; the client is taken from its source, which is beside.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    // Says what is loaded with what, for a test; it names nothing that the page doesn't.
    manifest: true,
    // The licences of what is bundled want to come along.
    license: { fileName: "licenses.md" },
    // One style sheet: for a view's own, Vite asks but once, and shows the view without it when it didn't come.
    cssCodeSplit: false,
  },
  resolve: { alias: { "slotledger-client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)) } },
});

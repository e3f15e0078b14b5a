import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The base is relative, so that the files can be served from any path. The client is built from its source.
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    // For a test: which files are loaded together. Publishing it is harmless, because the page names the same files.
    manifest: true,
    // Licences of bundled packages require a copy of their text.
    license: { fileName: "licenses.md" },
    // One style sheet. With one for each view, Vite loads it only once, and shows the view without styles if that fails.
    cssCodeSplit: false,
  },
  resolve: { alias: { "slotledger-client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)) } },
});

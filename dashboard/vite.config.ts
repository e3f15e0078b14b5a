import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative, so that the files may lie anywhere on any host; the client is taken from its source, which is beside.
export default defineConfig({
  base: "./",
  plugins: [react()],
  // The manifest says what is loaded with what, for a test; the licences of what is bundled want to come along.
  build: { manifest: true, license: { fileName: "licenses.md" } },
  resolve: { alias: { "slotledger-client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)) } },
});

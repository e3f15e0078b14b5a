import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // One database, and now and then a test takes it away.
    fileParallelism: false,
    // A guard against hanging, on a machine that is busy with something else.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

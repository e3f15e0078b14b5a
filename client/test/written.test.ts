/** What is written, or generated, is true: the types, and the examples of the READMEs. */

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

import { API_URL, addTutor } from "./given.js";

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL("..", import.meta.url));

test("the types are those of the OpenAPI document: npm run generate --workspace client", async () => {
  await run("npm", ["run", "--silent", "generate", "--", "--check"], { cwd: CLIENT }); // rejects if they aren't
});

test.each(["README.md", "../README.md"])("the example of %s prints what it says, once built", async (page) => {
  const tutor = await addTutor("Europe/Copenhagen");
  const [, example] = /```ts\n(.*?)```/s.exec(await readFile(`${CLIENT}/${page}`, "utf8"))!;
  const given = `const [tutorId, token] = ["${tutor.id}", "${tutor.token}"];\n`;
  const file = `${CLIENT}/dist/example-of-a-readme.mjs`;
  await writeFile(file, given + example!.replaceAll("http://localhost:8080", API_URL));
  const { stdout } = await run(process.execPath, [file]);
  expect(stdout).toBe([...example!.matchAll(/\/\/ → (.*\n)/g)].map(([, printed]) => printed).join(""));
});

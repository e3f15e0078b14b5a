/** Tests of the packed client: its files, its types, and the examples of the READMEs. */

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

import { ADMIN, API_URL, addStudent, addTutor, apiFor } from "./fixtures.js";
import type { Tutor } from "./fixtures.js";

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL("..", import.meta.url));
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** The folder of an empty project in which the packed client is installed. */
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "slotledger-client-"));
  await mkdir(join(CLIENT, "dist"), { recursive: true });
  await writeFile(join(CLIENT, "dist", "leftover.js"), ""); // the build must delete this file
  const pack = ["pack", "--silent", "--ignore-scripts=false", "--pack-destination", project];
  const { stdout } = await run("npm", pack, { cwd: CLIENT });
  await writeFile(join(project, "package.json"), '{"private": true, "type": "module"}');
  const options = ["--offline", "--no-audit", "--no-fund", "--silent"];
  await run("npm", ["install", ...options, `./${stdout.trim().split("\n").at(-1)}`], { cwd: project });
});

afterAll(() => rm(project, { recursive: true }));

/** Return a TypeScript example of a page. A line before it sets `values`. */
async function exampleOf(page: string, values: Record<string, string>, index = 0): Promise<string> {
  const [, example] = [...(await readFile(join(CLIENT, page), "utf8")).matchAll(/```ts\n(.*?)```/gs)][index]!;
  const lines = Object.entries(values).map(([name, value]) => `const ${name} = "${value}";\n`);
  return lines.join("") + example!.replaceAll("http://localhost:8080", API_URL);
}

const valuesOf = ({ id, token }: Tutor) => ({ tutorId: id, token });

/** Run an example in the project. Expect that it prints the texts of its `// →` comments. */
async function expectOutput(example: string): Promise<void> {
  const file = join(project, "example.mjs");
  await writeFile(file, example);
  const { stdout } = await run(process.execPath, [file], { cwd: project });
  expect(stdout).toBe([...example.matchAll(/\/\/ → (.*\n)/g)].map(([, output]) => output).join(""));
}

test("schema.ts has the types of the OpenAPI document (if not, run: npm run generate --workspace client)", async () => {
  await run("npm", ["run", "--silent", "generate", "--", "--check"], { cwd: CLIENT }); // fails if the types differ
});

test("the package has the built files and the README, and no other files", async () => {
  const folder = join(project, "node_modules", "slotledger-client");
  expect((await readdir(folder)).sort()).toEqual(["README.md", "dist", "package.json"]);
  const modules = ["api", "audit", "availability", "bookings", "errors", "index", "paging", "schedules", "schema", "search", "transport", "tutors", "types"];
  const files = modules.flatMap((module) => [`${module}.d.ts`, `${module}.js`]);
  expect((await readdir(join(folder, "dist"))).sort()).toEqual(files);
});

test.each(["NodeNext", "Bundler"])("the README's example compiles in strict mode with the module resolution %s", async (resolution) => {
  const module = resolution === "Bundler" ? "ESNext" : "NodeNext";
  const strict = ["--noEmit", "--strict", "--skipDefaultLibCheck"]; // not TypeScript's own libraries
  const options = [...strict, "--target", "ES2022", "--module", module, "--moduleResolution", resolution];
  await writeFile(join(project, "example.ts"), await exampleOf("README.md", valuesOf(await addTutor())));
  await writeFile(join(project, "bookings.ts"), await exampleOf("README.md", { tutorId: "", studentToken: "" }, 1));
  await writeFile(join(project, "tutors.ts"), await exampleOf("README.md", { adminToken: ADMIN.token }, 2));
  await writeFile(join(project, "schedules.ts"), await exampleOf("README.md", valuesOf(await addTutor()), 3));
  await writeFile(join(project, "search.ts"), await exampleOf("README.md", { tutorId: "" }, 4));
  const types = ["--lib", "ES2022,DOM,DOM.Iterable", "--types", "node", "--typeRoots", join(CLIENT, "..", "node_modules", "@types")];
  await run(process.execPath, [TSC, ...options, ...types, "example.ts", "bookings.ts", "tutors.ts", "schedules.ts", "search.ts"], { cwd: project }).catch((error) => {
    throw new Error(error.stdout);
  });
});

test.each(["../README.md", "README.md"])("the example of %s prints what its comments say, even the second time", async (page) => {
  const tutor = await addTutor("Europe/Copenhagen");
  // Save a day of the README's curl commands, because a reader may have run them before the example.
  await apiFor(tutor).availability.updateAvailability(tutor.id, `${new Date().getFullYear() + 1}-10-01`, [{ time: "10:30" }], { version: 0 });
  const example = await exampleOf(page, valuesOf(tutor));
  await expectOutput(example);
  await expectOutput(example);
});

test("the README's example of bookings prints what its comments say, even the second time", async () => {
  const tutor = await addTutor("Europe/Copenhagen");
  const date = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await apiFor(tutor).availability.updateAvailability(tutor.id, date, [{ time: "09:00" }, { time: "10:00" }]);
  const example = await exampleOf("README.md", { tutorId: tutor.id, studentToken: (await addStudent()).token }, 1);
  await expectOutput(example);
  await expectOutput(example);
});

test("the README's example of tutors prints what its comments say, even the second time", async () => {
  const example = await exampleOf("README.md", { adminToken: ADMIN.token }, 2);
  await expectOutput(example);
  await expectOutput(example);
});

test("the README's example of schedules prints what its comments say, even the second time", async () => {
  const example = await exampleOf("README.md", valuesOf(await addTutor("Europe/Copenhagen")), 3);
  await expectOutput(example);
  await expectOutput(example);
});

test("the README's example of a search prints what its comments say, even the second time", async () => {
  const tutor = await addTutor("Europe/Copenhagen");
  const date = new Date(Date.now() + 7 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  await apiFor(tutor).availability.updateAvailability(tutor.id, date, [{ time: "09:00" }, { time: "10:00" }]);
  const example = await exampleOf("README.md", { tutorId: tutor.id }, 4);
  await expectOutput(example);
  await expectOutput(example);
});

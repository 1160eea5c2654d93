/**
 * What the first load of a board with line charts weighs, gzipped: the page, its scripts and styles, the chunks of the line panel,
 * and the painter's program.
 * Fails over the budget, so that nobody makes the first look slow without noticing.
 */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 120 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));

/** A chunk with everything it imports at once. */
function closure(key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const imported of chunk.imports ?? []) closure(imported, found);
  return found;
}

const weigh = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

const first = closure("src/panels/line.ts", closure("index.html", new Set(["index.html", "favicon.svg"])));
// The painter's thread has a program of its own, which the manifest does not name.
const painter = readdirSync(new URL("assets/", dist)).find((name) => name.startsWith("painter.worker-"));
if (painter === undefined) throw new Error("the painter's program is missing");
first.add(`assets/${painter}`);
let total = 0;
console.log("first load of a line-chart board, gzipped:");
for (const file of [...first].sort()) {
  total += weigh(file);
  console.log(`  ${kb(weigh(file)).padStart(9)}  ${file}`);
}
console.log(`  ${kb(total).padStart(9)}  of ${kb(BUDGET)}`);

console.log("loaded when a panel needs it:");
const lazy = new Set(Object.values(manifest).flatMap((chunk) => [chunk.file, ...(chunk.css ?? [])]));
for (const file of [...lazy].sort()) {
  if (!first.has(file)) console.log(`  ${kb(weigh(file)).padStart(9)}  ${file}`);
}

if (total > BUDGET) {
  console.error(`over the budget by ${kb(total - BUDGET)}`);
  process.exit(1);
}

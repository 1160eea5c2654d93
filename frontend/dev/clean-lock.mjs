/**
 * Takes the addresses of sponsors out of package-lock.json: the lock file names no host at all, so that nobody has to tell which of
 * its addresses matter. `npm ci` does not read them. Run it after every `npm install`.
 */
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
for (const entry of Object.values(lock.packages)) delete entry.funding;
const text = `${JSON.stringify(lock, null, 2)}\n`;
writeFileSync(path, text);
const left = text.split("\n").filter((line) => /https?:\/\//.test(line));
if (left.length > 0) {
  console.error(`package-lock.json still names hosts:\n${left.join("\n")}`);
  process.exit(1);
}

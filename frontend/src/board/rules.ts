/** The rules of alerts, as the web service keeps them. */
import type { AlertRule } from "../wire";
import { ANSWER_MS, type PublishKey } from "./publishkey.svelte";

const RULES = "/v1/alerts/rules";

function pathOf(id: string): string {
  return `${RULES}/${encodeURIComponent(id)}`;
}

/** @throws Error with a sentence for a person. */
export async function readRule(id: string): Promise<AlertRule | undefined> {
  let answer: Response;
  try {
    answer = await fetch(RULES, { signal: AbortSignal.timeout(ANSWER_MS) });
  } catch {
    throw new Error("The web service does not answer.");
  }
  if (!answer.ok) throw new Error(`The rules can't be read: status ${answer.status}.`);
  const rules = (await answer.json()) as Record<string, AlertRule>;
  return Object.hasOwn(rules, id) ? rules[id] : undefined;
}

/** False if the person did not want to show the publish key. */
export async function writeRule(key: PublishKey, id: string, rule: AlertRule): Promise<boolean> {
  const answer = await key.send("Setting a rule", pathOf(id), {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(rule),
  });
  return answer !== undefined;
}

/** As `writeRule`. */
export async function removeRule(key: PublishKey, id: string): Promise<boolean> {
  return (await key.send("Removing a rule", pathOf(id), { method: "DELETE" })) !== undefined;
}

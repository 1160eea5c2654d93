/** What the board asks of the web service over HTTP, as JSON. The publish key is asked for where it is needed (`publishkey.svelte.ts`). */
import type { PublishKey } from "./publishkey.svelte";

/** The person did not want to show the key. */
export class Cancelled extends Error {}

/**
 * The answer's JSON; undefined where there is none. `what` is what the key would be for: "Saving a board".
 *
 * @throws Refusal with a sentence for a person; Cancelled when no key was given.
 */
export async function ask(
  key: PublishKey,
  what: string,
  method: "GET" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const answer = await key.send(what, path, init);
  if (answer === undefined) throw new Cancelled();
  return answer.status === 204 ? undefined : await answer.json();
}

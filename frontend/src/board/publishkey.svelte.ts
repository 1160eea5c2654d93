/**
 * The publish key, for what changes something for everybody: asked for when the web service wants it, kept as long as the tab is open.
 *
 * Nothing else knows it: not the address, not what is stored for later, not a snapshot.
 */

const KEPT = "windsock.publish-key";
/** A web service that has said nothing for so long is as good as none, and what was begun may be tried again. */
export const ANSWER_MS = 20_000;

/** A question to the person: `what` is what the key is for. */
export interface KeyQuestion {
  what: string;
  /** The last answer was not the key. */
  wrong: boolean;
  answer(key: string | undefined): void;
}

/** The web service said no, in words for a person; `code` is one of the protocol's. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class PublishKey {
  /** What `KeyDialog.svelte` asks. */
  question = $state.raw<KeyQuestion | undefined>(undefined);
  #key: string | undefined;

  constructor() {
    try {
      this.#key = sessionStorage.getItem(KEPT) ?? undefined;
    } catch {
      // A browser that forbids storage asks again after a reload.
    }
  }

  /**
   * Asks the web service for something that may need the key. Undefined if the person does not want to show it.
   *
   * @throws Refusal with a sentence for a person, if the web service refuses or does not answer.
   */
  async send(what: string, path: string, init: RequestInit = {}): Promise<Response | undefined> {
    let wrong = false;
    for (;;) {
      const answer = await this.#try(path, init);
      if (answer.status !== 401) {
        if (answer.ok) return answer;
        throw await refusalOf(answer);
      }
      wrong = wrong || this.#key !== undefined;
      this.#keep(undefined);
      const key = await this.#ask(what, wrong);
      if (key === undefined) return undefined;
      wrong = true;
      this.#keep(key);
    }
  }

  async #try(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#key !== undefined) headers.set("Authorization", `Bearer ${this.#key}`);
    try {
      return await fetch(path, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS) });
    } catch {
      throw new Refusal("unreachable", "The web service does not answer.");
    }
  }

  #ask(what: string, wrong: boolean): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.question?.answer(undefined);
      const asked: KeyQuestion = {
        what,
        wrong,
        answer: (key) => {
          if (this.question === asked) this.question = undefined;
          resolve(key);
        },
      };
      this.question = asked;
    });
  }

  #keep(key: string | undefined): void {
    this.#key = key;
    try {
      if (key === undefined) sessionStorage.removeItem(KEPT);
      else sessionStorage.setItem(KEPT, key);
    } catch {
      // As above.
    }
  }
}

async function refusalOf(answer: Response): Promise<Refusal> {
  try {
    const { error } = (await answer.json()) as { error?: { code?: string; message?: string } };
    if (error?.message) return new Refusal(error.code ?? "", error.message);
  } catch {
    // Not ours: a proxy's page, for instance.
  }
  return new Refusal("", `The web service answers with status ${answer.status}.`);
}

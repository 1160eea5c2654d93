/** Questions to the person at the board, one at a time; whoever asks waits for the answer. `DialogHost.svelte` shows them. */

export interface Choice {
  label: string;
  value: string;
  look?: "primary" | "danger";
}

export interface Question {
  title: string;
  text: string;
  /** A line to fill in; its value becomes the answer to a primary choice. */
  field?: { label: string; value: string; wrong: (value: string) => string | undefined };
  choices: Choice[];
  answer: (value: string | undefined) => void;
}

export class Dialogs {
  now = $state.raw<Question | undefined>(undefined);

  /** The chosen value, or undefined for whoever thought better of it. */
  choose(title: string, text: string, choices: Choice[]): Promise<string | undefined> {
    return this.#ask({ title, text, choices });
  }

  async confirm(title: string, text: string, label: string): Promise<boolean> {
    return (await this.choose(title, text, [{ label, value: "yes", look: "danger" }])) === "yes";
  }

  text(
    title: string,
    text: string,
    label: string,
    field: { label: string; value: string; wrong: (value: string) => string | undefined },
  ): Promise<string | undefined> {
    const choices: Choice[] = [{ label, value: "", look: "primary" }];
    return this.#ask({ title, text, choices, field });
  }

  /** A text to take away. */
  async show(title: string, text: string): Promise<void> {
    const choices: Choice[] = [{ label: "Done", value: "", look: "primary" }];
    await this.#ask({
      title,
      text: "",
      choices,
      field: { label: "", value: text, wrong: () => undefined },
    });
  }

  #ask(question: Omit<Question, "answer">): Promise<string | undefined> {
    // A question that is open is given up for the new one.
    this.now?.answer(undefined);
    return new Promise((resolve) => {
      const asked: Question = {
        ...question,
        answer: (value) => {
          if (this.now === asked) this.now = undefined;
          resolve(value);
        },
      };
      this.now = asked;
    });
  }
}

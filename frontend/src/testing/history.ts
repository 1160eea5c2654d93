/** A history for tests: rows of one stream by offset, answered when the test says so. */
import type { HistoryPage, ReadHistory } from "../lib/archive";
import type { Row } from "../wire";

export class FakeHistory {
  epoch = "e1";
  /** Offset of the oldest row that is kept. */
  start = 1;
  asked: string[] = [];
  fails = false;
  readonly rows: Row[];

  constructor(rows: Row[]) {
    this.rows = rows;
  }

  readonly read: ReadHistory = async (id, after, limit) => {
    this.asked.push(`${id} ${after} ${limit}`);
    if (this.fails) throw new Error("away");
    const first = Math.max(after + 1, this.start);
    const rows = this.rows.slice(first - 1, first - 1 + limit);
    return { epoch: this.epoch, first, rows, bytes: JSON.stringify(rows).length } satisfies HistoryPage;
  };
}

/** Asks until there is an answer; each turn lets what is under way arrive. */
export async function answered<T>(ask: () => T | undefined, turns = 50): Promise<T> {
  for (let i = 0; i < turns; i++) {
    const answer = ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  throw new Error("no answer");
}

/**
 * The grid that a stream of cells adds up to: `[row, col]` adds 1, `[row, col, n]` adds n (or sets, for a bubble matrix), a matrix replaces all.
 *
 * What is shown is what the newest `window` samples make, and not "all since this page was loaded": so a second viewer, a late one and one who
 * reloads see the same grid.
 */

/** A larger grid would have more cells than a panel has pixels, and a publisher's slip must not cost hundreds of megabytes. */
export const MOST_CELLS = 1 << 20;

export interface GridForm {
  /** Whether a cell's number is added to what is there, or replaces it. */
  mode: "add" | "set";
  /** Samples that count. */
  window: number;
  /** Fixed size; without one the grid grows with its cells. */
  rows?: number | undefined;
  cols?: number | undefined;
}

interface Cell {
  row: number;
  col: number;
  n: number;
}

export class CellGrid {
  rows = 0;
  cols = 0;
  /** Row by row; NaN where nothing is. */
  values = new Float64Array();
  /** Cells that lay outside of the grid. */
  outside = 0;
  readonly #form: GridForm;
  readonly #blank: number;
  /** How many cells of the window fell on each place. */
  #hits = new Uint32Array();
  /** The newest matrix, and how many samples came after it. */
  #base: Float64Array | undefined;
  /** Whether that matrix is still all there is: it is copied when a cell changes it. */
  #pure = false;
  #baseAge = 0;
  /** The window's cells in a circle: `#oldest` is the next to go once it is full. */
  #cells: Cell[] = [];
  #oldest = 0;

  constructor(form: GridForm) {
    this.#form = form;
    // Nothing counted yet is a count of zero; a bubble that nobody sent is none.
    this.#blank = form.mode === "add" ? 0 : Number.NaN;
    const { rows = 0, cols = 0 } = form;
    if (rows > 0 && cols > 0 && rows * cols <= MOST_CELLS) this.#size(rows, cols);
  }

  /** Takes samples in their order. */
  take(samples: readonly unknown[]): void {
    // A matrix replaces all before it.
    let start = 0;
    for (let i = samples.length - 1; i >= 0; i--) {
      const sample = samples[i];
      if (!isMatrix(sample)) continue;
      this.#replace(sample);
      start = i + 1;
      break;
    }
    const cells: Cell[] = [];
    let [rows, cols] = [this.rows, this.cols];
    for (let i = Math.max(start, samples.length - this.#form.window); i < samples.length; i++) {
      const cell = asCell(samples[i]);
      if (cell === undefined) continue;
      const [high, wide] = [Math.max(rows, cell.row + 1), Math.max(cols, cell.col + 1)];
      if (this.#fixed() ? cell.row >= rows || cell.col >= cols : high * wide > MOST_CELLS) {
        this.outside++;
        continue;
      }
      [rows, cols] = [high, wide];
      cells.push(cell);
    }
    if (rows !== this.rows || cols !== this.cols) this.#size(rows, cols);
    for (const cell of cells) this.#add(cell);
  }

  #fixed(): boolean {
    const { rows = 0, cols = 0 } = this.#form;
    return rows > 0 && cols > 0 && rows * cols <= MOST_CELLS;
  }

  #add(cell: Cell): void {
    const { window } = this.#form;
    if (this.#pure) {
      this.#base = this.values.slice();
      this.#pure = false;
    }
    if (this.#base !== undefined && ++this.#baseAge >= window) {
      this.#base = undefined;
      this.#again();
    }
    if (this.#cells.length < window) this.#cells.push(cell);
    else {
      const gone = this.#cells[this.#oldest] as Cell;
      this.#cells[this.#oldest] = cell;
      this.#oldest = (this.#oldest + 1) % window;
      this.#drop(gone);
    }
    this.#put(cell);
  }

  #put({ row, col, n }: Cell): void {
    const at = row * this.cols + col;
    this.#hits[at] = (this.#hits[at] as number) + 1;
    const before = this.values[at] as number;
    this.values[at] = this.#form.mode === "set" || Number.isNaN(before) ? n : before + n;
  }

  #drop({ row, col, n }: Cell): void {
    const at = row * this.cols + col;
    const left = (this.#hits[at] as number) - 1;
    this.#hits[at] = left;
    // The last one to go leaves exactly what was there before: crumbs of subtraction do not add up.
    if (left === 0) this.values[at] = this.#base?.[at] ?? this.#blank;
    else if (this.#form.mode === "add") this.values[at] = (this.values[at] as number) - n;
  }

  #replace(matrix: readonly (readonly unknown[])[]): void {
    const high = matrix.length;
    const wide = Math.max(...matrix.map((row) => row.length));
    if (high * wide > MOST_CELLS) {
      this.outside += high * wide;
      return;
    }
    this.#cells = [];
    this.#oldest = this.#baseAge = 0;
    if (!this.#fixed() && (high !== this.rows || wide !== this.cols)) {
      this.rows = high;
      this.cols = wide;
      this.values = new Float64Array(high * wide);
      this.#hits = new Uint32Array(high * wide);
    } else this.#hits.fill(0);
    const { values, rows, cols } = this;
    values.fill(Number.NaN);
    for (let row = 0; row < Math.min(high, rows); row++) {
      const line = matrix[row] as readonly unknown[];
      const start = row * cols;
      for (let col = 0; col < Math.min(line.length, cols); col++) {
        const value = line[col];
        if (typeof value === "number") values[start + col] = value;
      }
    }
    this.#base = undefined;
    this.#pure = true;
  }

  /** The same cells in a larger grid. */
  #size(rows: number, cols: number): void {
    const widen = <T extends Float64Array | Uint32Array>(from: T, to: T): T => {
      for (let row = 0; row < this.rows; row++) {
        to.set(from.subarray(row * this.cols, (row + 1) * this.cols) as never, row * cols);
      }
      return to;
    };
    this.values = widen(this.values, new Float64Array(rows * cols).fill(this.#blank));
    this.#hits = widen(this.#hits, new Uint32Array(rows * cols));
    if (this.#base) this.#base = widen(this.#base, new Float64Array(rows * cols).fill(this.#blank));
    this.rows = rows;
    this.cols = cols;
  }

  /** Counts the window anew, without the matrix that has left it. */
  #again(): void {
    this.values.fill(this.#blank);
    this.#hits.fill(0);
    for (let i = 0; i < this.#cells.length; i++) {
      this.#put(this.#cells[(this.#oldest + i) % this.#cells.length] as Cell);
    }
  }
}

function isMatrix(value: unknown): value is unknown[][] {
  return Array.isArray(value) && value.length > 0 && value.every(Array.isArray);
}

function asCell(value: unknown): Cell | undefined {
  if (!Array.isArray(value)) return undefined;
  const [row, col, n = 1] = value as unknown[];
  if (typeof row !== "number" || typeof col !== "number" || typeof n !== "number" || !Number.isFinite(n))
    return undefined;
  if (!Number.isInteger(row) || !Number.isInteger(col) || row < 0 || col < 0) return undefined;
  return { row, col, n };
}

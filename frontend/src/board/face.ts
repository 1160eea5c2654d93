/** A panel's face: everything of it that is text around its drawing, read a few times a second. */
import type { Newest, Note } from "../lib/timeline";
import type { Readout } from "../panels/panel";

/** One series of the window in sight, as text. */
export interface SeriesStats {
  min: string;
  mean: string;
  max: string;
}

/** Replaced as a whole when something in it changes. */
export interface Face {
  readout: Readout | undefined;
  /** For each entry of the readout, if asked for. */
  stats: SeriesStats[] | undefined;
  summary: string;
  rate: string;
  age: string;
  late: boolean;
  /** Nothing arrived yet. */
  empty: boolean;
  state: { colour: string; name: string } | undefined;
  /** Why the panel shows nothing from the time that the board stands at. */
  note: Note;
  newest: Newest | undefined;
  failure: string;
}

export const BLANK_FACE: Face = {
  readout: undefined,
  stats: undefined,
  summary: "",
  rate: "",
  age: "",
  late: false,
  empty: true,
  state: undefined,
  note: "",
  newest: undefined,
  failure: "",
};

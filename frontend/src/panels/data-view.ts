/** Any panel's data as a table, in the place of its drawing: see `data-rows.ts`. At a pace at which it can be read. */
import type { Panel, PanelContext } from "./panel";
import { TablePanel } from "./table";

const PAUSE_MS = 1_000;

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new TablePanel(host, context, PAUSE_MS);
}

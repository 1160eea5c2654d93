/** Which file draws which type. Everything is loaded when the first stream of its kind appears, so the first load stays small. */
import type { MountPanel } from "./panel";

type Loader = () => Promise<{ mount: MountPanel }>;

const line: Loader = () => import("./line");
const bars: Loader = () => import("./bars");
const parts: Loader = () => import("./parts");
const points: Loader = () => import("./points");

const points3d: Loader = () => import("./points3d");

const LOADERS = new Map<string, Loader>([
  ["line", line],
  ["area", line],
  ["bar", bars],
  ["horizontalBar", bars],
  ["pie", parts],
  ["doughnut", parts],
  ["radar", parts],
  ["polarArea", parts],
  ["scatter", points],
  ["bubble", points],
  ["custom", () => import("./custom")],
  ["text", () => import("./text")],
  ["stat", () => import("./stat")],
  ["image", () => import("./image")],
  ["video_stream", () => import("./video")],
  ["heatmap", () => import("./heatmap")],
  ["bubble_matrix", () => import("./bubble-matrix")],
  ["gauge", () => import("./gauge")],
  ["scatter3d", points3d],
  ["line3d", points3d],
  ["surface", () => import("./surface")],
  ["map", () => import("./map")],
  ["table", () => import("./table")],
  ["tree", () => import("./tree")],
  ["treemap", () => import("./treemap")],
]);

/** Any panel's data as a table, for whoever would rather read it. */
export const dataView: Loader = () => import("./data-view");

const unknown: Loader = () => import("./unknown");

/** Panels of the same family take a changed type by themselves; another family needs another panel. */
export function familyOf(type: string): Loader {
  return LOADERS.get(type) ?? unknown;
}

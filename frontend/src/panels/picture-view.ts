/** How a picture lies in its panel: whole, pixel by pixel, or as near as somebody wants. Pure. */

export interface Size {
  width: number;
  height: number;
}

export interface PictureView {
  /** Pixels of the screen for one of the picture; undefined: the whole picture, as large as it goes. */
  zoom: number | undefined;
  /** Where the picture's corner is, in the panel. */
  x: number;
  y: number;
}

export const WHOLE: PictureView = { zoom: undefined, x: 0, y: 0 };

const MOST_ZOOM = 32;
const LEAST_ZOOM = 0.02;

export function fitZoom(picture: Size, frame: Size): number {
  if (picture.width <= 0 || picture.height <= 0) return 1;
  return Math.min(frame.width / picture.width, frame.height / picture.height);
}

/** Where the picture lies in numbers, also when it is whole. */
export function laidOut(view: PictureView, picture: Size, frame: Size): { zoom: number; x: number; y: number } {
  const zoom = view.zoom ?? fitZoom(picture, frame);
  return {
    zoom,
    x: inside(view.zoom === undefined ? 0 : view.x, picture.width * zoom, frame.width),
    y: inside(view.zoom === undefined ? 0 : view.y, picture.height * zoom, frame.height),
  };
}

/** A smaller picture is in the middle; of a larger one no edge comes into the panel. */
function inside(at: number, length: number, room: number): number {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at));
}

/** Another zoom; what is at `at` in the panel stays there. */
export function zoomed(
  view: PictureView,
  picture: Size,
  frame: Size,
  zoom: number,
  at: { x: number; y: number } = { x: frame.width / 2, y: frame.height / 2 },
): PictureView {
  const before = laidOut(view, picture, frame);
  // A tiny picture is nearer than that when it is whole; nearer still has to be nearer.
  const most = Math.max(MOST_ZOOM, fitZoom(picture, frame) * 8);
  const next = Math.min(most, Math.max(LEAST_ZOOM, zoom));
  const ratio = next / before.zoom;
  const moved = { zoom: next, x: at.x - (at.x - before.x) * ratio, y: at.y - (at.y - before.y) * ratio };
  return laidOut(moved, picture, frame);
}

export function panned(view: PictureView, picture: Size, frame: Size, x: number, y: number): PictureView {
  if (view.zoom === undefined) return view;
  const before = laidOut(view, picture, frame);
  return laidOut({ zoom: view.zoom, x: before.x + x, y: before.y + y }, picture, frame);
}

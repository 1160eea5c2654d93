/**
 * `map`: markers that move and leave trails, on outlines of the world that come with the board: no request to any other host. Where a tile server is set
 * its streets lie above the outlines, which stay where it does not answer. Leaflet for panning
 * and zooming; all that publishers send reaches it as numbers, checked colours, and text nodes.
 */
import {
  Canvas,
  type CircleMarker,
  circleMarker,
  type Layer,
  type Map as LeafletMap,
  latLngBounds,
  map as leafletMap,
  type Polygon,
  type Polyline,
  polygon,
  polyline,
  tileLayer,
} from "leaflet";
import { clip, formatCount } from "../lib/format";
import { titleOf } from "../lib/labels";
import { isColour, seriesColour } from "../lib/palette";
import { shownSamples } from "../lib/types";
import type { MapView } from "../wire";
import { cornersOf, type Marker, Trails, trailPieces } from "./map-trails";
import type { Panel, PanelContext } from "./panel";
import { outlines } from "./world";
import "./map.css";

/** Outlines are all land nearer than this; streets go on. */
const MOST_ZOOM = 12;
const MOST_STREET_ZOOM = 19;
/** How near a map goes by itself: to streets, to markers between outlines, and to one alone, which needs a coast or a border beside it. */
const NEAREST = { streets: 16, several: 7, one: 5 };
/** Where a map without any marker looks. */
const NOWHERE: [number, number] = [25, 10];
/** A map that was not moved for so long rests. */
const REST_MS = 300;
/** Names stand beside their markers up to this many; more would cover one another. */
const MOST_LABELS = 12;
/** Of a name's letters so many are shown, each about this wide (px); its dot takes the rest of its room. */
const LONGEST_LABEL = 28;
const LETTER = 6.6;
const DOT = 16;

interface Drawn {
  dot: CircleMarker;
  trail: Polyline | undefined;
  /** The side of its dot on which the name stands; undefined: no name. */
  side: "left" | "right" | undefined;
}

export function mount(host: HTMLElement, context: PanelContext): Panel {
  return new MapPanel(host, context);
}

class MapPanel implements Panel {
  readonly #context: PanelContext;
  readonly #box = document.createElement("div");
  readonly #fit = document.createElement("button");
  readonly #note = document.createElement("p");
  readonly #credit = document.createElement("p");
  #map: LeafletMap | undefined;
  #land: Polygon | undefined;
  #borders: Polyline | undefined;
  #trails: Trails | undefined;
  readonly #drawn = new Map<string, Drawn>();
  #form = "";
  #read = 0;
  /** What the map was last moved to by its data, and whether somebody took it into the hand since. */
  #viewKey = "";
  #free = false;
  /** Where it was left, as it is set. */
  #kept: MapView | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #width = 0;
  #height = 0;

  constructor(host: HTMLElement, context: PanelContext) {
    this.#context = context;
    this.#box.className = "map";
    this.#fit.type = "button";
    this.#fit.className = "map-fit";
    this.#fit.dataset.control = "";
    this.#fit.textContent = "fit";
    this.#fit.title = "Follow the data again";
    this.#fit.hidden = true;
    this.#fit.addEventListener("click", () => {
      this.#set(undefined);
      context.set({ view: null });
    });
    this.#note.className = "map-note";
    this.#credit.className = "map-credit";
    this.#credit.hidden = true;
    host.append(this.#box, this.#fit, this.#note, this.#credit);
  }

  draw(): void {
    this.#take();
    if (this.#width < 20 || this.#height < 20) return;
    const map = this.#map ?? this.#make();
    const spec = this.#context.spec();
    const theme = this.#context.theme();
    const markers = this.#trails?.markers ?? [];
    const labels = markers.length <= MOST_LABELS;
    const shift = markerShift(markers);
    const kept = new Set<string>();
    for (const [i, marker] of markers.entries()) {
      kept.add(marker.key);
      const colour = isColour(marker.colour)
        ? marker.colour
        : seriesColour(spec, theme.name, marker.name === "" ? 0 : i);
      this.#show(map, marker, colour, shift);
    }
    for (const [key, drawn] of this.#drawn) {
      if (kept.has(key)) continue;
      drawn.dot.remove();
      drawn.trail?.remove();
      this.#drawn.delete(key);
    }
    this.#look(map, markers, shift);
    for (const marker of markers) {
      const drawn = this.#drawn.get(marker.key);
      if (drawn && marker.name) this.#name(map, drawn, clip(marker.name, LONGEST_LABEL), labels);
    }
    const names = markers.slice(0, 20).map((marker) => marker.name);
    this.#box.setAttribute("aria-label", clip(`${titleOf(spec)}: ${markers.length} markers. ${names.join(", ")}`, 300));
    this.#note.textContent = markers.length > MOST_LABELS ? `${formatCount(markers.length)} markers` : "";
  }

  resize(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
    this.#map?.invalidateSize({ animate: false });
    if (!this.#free) this.#viewKey = "";
  }

  restyle(): void {
    this.#colourWorld();
    const view = this.#context.settings().view ?? undefined;
    if (this.#map && JSON.stringify(view) !== JSON.stringify(this.#kept)) this.#set(view);
    // Dots take their colours at the next draw.
  }

  destroy(): void {
    clearTimeout(this.#keeping);
    this.#map?.remove();
    this.#map = undefined;
    this.#drawn.clear();
    this.#box.remove();
    this.#fit.remove();
    this.#note.remove();
    this.#credit.remove();
  }

  /** Reads what is new; from the beginning if the stream began again. */
  #take(): void {
    const excerpt = this.#context.excerpt();
    const length = shownSamples(this.#context.spec());
    const form = `${excerpt.take} ${length}`;
    if (this.#trails === undefined || form !== this.#form) {
      this.#trails = new Trails(length);
      this.#form = form;
      this.#read = 0;
    }
    for (const sample of excerpt.values(this.#read)) {
      this.#trails.take(sample.value);
      this.#read = sample.offset;
    }
  }

  #make(): LeafletMap {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = leafletMap(this.#box, {
      attributionControl: false,
      preferCanvas: true,
      zoomControl: true,
      worldCopyJump: false,
      minZoom: 0,
      maxZoom: MOST_ZOOM,
      zoomSnap: 0.25,
      zoomDelta: 1,
      // The wheel scrolls the board until the map was clicked.
      scrollWheelZoom: false,
      // Likewise one finger scrolls the page on a phone; two move the map.
      dragging: !matchMedia("(pointer: coarse)").matches,
      fadeAnimation: !still,
      zoomAnimation: !still,
      markerZoomAnimation: !still,
      inertia: !still,
      center: NOWHERE,
      zoom: 1,
    });
    this.#map = map;
    // Two canvases: a marker that moves redraws no coast.
    map.createPane("world").style.zIndex = "190";
    const world = new Canvas({ pane: "world", padding: 0.4 });
    const { land, borders } = outlines();
    // Once more on both sides, so that the Pacific can be looked at whole.
    const thrice = <T>(lines: readonly [number, number][][], make: (line: [number, number][]) => T): T[] =>
      [-360, 0, 360].flatMap((shift) => lines.map((line) => make(line.map(([lat, lng]) => [lat, lng + shift]))));
    const quiet = { renderer: world, pane: "world", interactive: false, smoothFactor: 1 };
    this.#land = polygon(
      thrice(land, (line) => [line]),
      { ...quiet, weight: 0.8 },
    ).addTo(map);
    this.#borders = polyline(
      thrice(borders, (line) => line),
      { ...quiet, weight: 0.7 },
    ).addTo(map);
    this.#colourWorld();
    const { view } = this.#context.settings();
    if (view) this.#set(view);
    this.#pave(map);
    const taken = (): void => {
      this.#free = true;
      this.#fit.hidden = false;
      this.#keepSoon(map);
    };
    map.on("dragstart", taken);
    map.on("moveend", () => this.#keeping !== undefined && this.#keepSoon(map));
    // Names keep to what is in sight.
    map.on("moveend", () => this.#context.changed());
    this.#box.addEventListener("wheel", () => map.scrollWheelZoom.enabled() && taken(), { passive: true });
    map.on("click", () => map.scrollWheelZoom.enable());
    map.on("mouseout", () => map.scrollWheelZoom.disable());
    map.on("dblclick", taken);
    const zoom = map.zoomControl.getContainer();
    if (zoom) zoom.dataset.control = "";
    for (const button of zoom?.querySelectorAll("a") ?? []) button.addEventListener("click", taken);
    return map;
  }

  /** Where a hand has left the map is kept, once it rests. */
  #keepSoon(map: LeafletMap): void {
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      this.#keeping = undefined;
      const { lat, lng } = map.getCenter();
      this.#kept = { lat: rounded(lat), lng: rounded(lng), zoom: map.getZoom() };
      this.#context.set({ view: this.#kept });
    }, REST_MS);
  }

  /** Looks where it was left; without a place, where the data want it. */
  #set(view: MapView | undefined): void {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    this.#kept = view;
    this.#free = view !== undefined;
    this.#fit.hidden = view === undefined;
    this.#viewKey = "";
    if (view) this.#map?.setView([view.lat, view.lng], view.zoom, { animate: false });
    this.#context.changed();
  }

  /** Streets, once the tile server has given the first of them. */
  #pave(map: LeafletMap): void {
    const tiles = this.#context.tiles?.();
    if (tiles === undefined) return;
    const layer = tileLayer(tiles.url, { maxZoom: MOST_STREET_ZOOM, minZoom: 0, keepBuffer: 1 });
    layer.once("tileload", () => {
      map.setMaxZoom(MOST_STREET_ZOOM);
      // The data may have asked to be nearer than outlines go.
      if (!this.#free) this.#viewKey = "";
      this.#context.changed();
      this.#credit.textContent = clip(tiles.attribution, 200);
      this.#credit.hidden = tiles.attribution === "";
      this.#box.classList.add("paved");
    });
    layer.addTo(map);
  }

  #colourWorld(): void {
    const dark = this.#context.theme().name === "dark";
    this.#land?.setStyle({
      fillColor: dark ? "#273441" : "#ffffff",
      fillOpacity: 1,
      // Of the land's own colour: it closes the seam where shapes are cut at the edge of the map.
      color: dark ? "#273441" : "#ffffff",
      fill: true,
    });
    this.#borders?.setStyle({ color: dark ? "#415262" : "#c3ced9", fill: false });
  }

  #show(map: LeafletMap, marker: Marker, colour: string, shift: (lng: number) => number): void {
    const at: [number, number] = [marker.lat, shift(marker.lng)];
    let drawn = this.#drawn.get(marker.key);
    const surface = this.#context.theme().surface;
    if (drawn === undefined) {
      const dot = circleMarker(at, { radius: 6, weight: 2, fillOpacity: 1 }).addTo(map);
      drawn = { dot, trail: undefined, side: undefined };
      this.#drawn.set(marker.key, drawn);
      // An element, never a text: Leaflet would take a text for HTML.
      if (marker.name) dot.bindPopup(() => noteOf(marker.name, dot), { closeButton: false, autoPan: false });
    }
    const { dot } = drawn;
    if (!dot.getLatLng().equals(at)) dot.setLatLng(at);
    if (dot.options.fillColor !== colour || dot.options.color !== surface)
      dot.setStyle({ fillColor: colour, color: surface });
    const pieces = trailPieces(marker.trail).map((piece) =>
      piece.map(({ lat, lng }): [number, number] => [lat, shift(lng)]),
    );
    if (pieces.length === 0) {
      drawn.trail?.remove();
      drawn.trail = undefined;
    } else if (drawn.trail === undefined) {
      drawn.trail = polyline(pieces, { color: colour, weight: 2.5, opacity: 0.55, interactive: false }).addTo(map);
      (drawn.trail as Layer & { bringToBack(): void }).bringToBack();
    } else {
      drawn.trail.setLatLngs(pieces);
      if (drawn.trail.options.color !== colour) drawn.trail.setStyle({ color: colour });
    }
  }

  /** A name stands where it has room: beside its dot, on the left near the right edge, and nowhere if the dot is out of sight. */
  #name(map: LeafletMap, drawn: Drawn, name: string, labels: boolean): void {
    const { dot } = drawn;
    const { x, y } = map.latLngToContainerPoint(dot.getLatLng());
    const inside = x >= 0 && y >= 0 && x <= this.#width && y <= this.#height;
    const room = name.length * LETTER + DOT;
    const side = !(labels && inside) ? undefined : x + room > this.#width && x - room > 0 ? "left" : "right";
    if (side === drawn.side) return;
    drawn.side = side;
    dot.unbindTooltip();
    if (side === undefined) return;
    const text = document.createElement("span");
    text.textContent = name;
    const offset: [number, number] = [side === "left" ? -6 : 6, 0];
    dot.bindTooltip(text, { permanent: true, direction: side, offset, className: "map-name" });
  }

  /** Where the data want the map to look, unless somebody has moved it. */
  #look(map: LeafletMap, markers: readonly Marker[], shift: (lng: number) => number): void {
    if (this.#free) return;
    const view = this.#trails?.view;
    if (view !== undefined) {
      const key = JSON.stringify(view);
      if (key === this.#viewKey) return;
      this.#viewKey = key;
      map.setView([view.center.lat, shift(view.center.lng)], Math.min(map.getMaxZoom(), view.zoom ?? 5), {
        animate: false,
      });
      return;
    }
    const corners = cornersOf(
      markers.map(({ lat, lng }) => ({ lat: Math.max(-78, Math.min(80, lat)), lng: shift(lng) })),
    );
    const bounds = latLngBounds(
      corners ?? [
        [-56, -168],
        [76, 180],
      ],
    );
    // It follows when markers come near its edge or use little of it, and not with every step.
    const seen = map.getBounds();
    const alone = bounds.getNorthEast().equals(bounds.getSouthWest());
    const nearest = this.#context.tiles?.() ? NEAREST.streets : alone ? NEAREST.one : NEAREST.several;
    const zoom = Math.min(nearest, map.getBoundsZoom(bounds));
    if (this.#viewKey !== "" && seen.contains(bounds) && zoom - map.getZoom() < 1.2) return;
    this.#viewKey = "fitted";
    const least = map.getBoundsZoom(
      latLngBounds([
        [-56, -168],
        [76, 180],
      ]),
    );
    map.fitBounds(bounds.pad(0.14), { animate: false, maxZoom: nearest, paddingBottomRight: [34, 8] });
    if (map.getZoom() < least) map.setZoom(least, { animate: false });
  }
}

/** Places are drawn on the copy of the world that is nearest to the others. */
function markerShift(markers: readonly Marker[]): (lng: number) => number {
  const first = markers[0]?.lng ?? 0;
  const whole = Math.round(first / 360) * 360;
  return (lng) => lng - whole;
}

/** Some ten metres: nobody moves a map by less. */
function rounded(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}

function noteOf(name: string, dot: CircleMarker): HTMLElement {
  const note = document.createElement("div");
  const title = document.createElement("b");
  title.textContent = name;
  const place = document.createElement("span");
  const { lat, lng } = dot.getLatLng();
  place.textContent = `${Math.abs(lat).toFixed(3)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lng).toFixed(3)}° ${lng < 0 ? "W" : "E"}`;
  note.append(title, place);
  return note;
}

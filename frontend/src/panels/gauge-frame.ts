/** Where a gauge's arc lies: as large as its panel allows, with room for the labels at its ends. */

/** Open below by a quarter of the circle. */
const FROM = Math.PI * 0.75;
const TO = Math.PI * 2.25;

export interface GaugeFrame {
  x: number;
  y: number;
  radius: number;
  thickness: number;
  from: number;
  to: number;
}

export function gaugeFrame(width: number, height: number): GaugeFrame {
  // The arc is as wide as high above its ends, which lie at 0.71 of the radius below the middle.
  const outer = Math.max(12, Math.min(width / 2 - 10, (height - 22) / 1.78));
  const thickness = Math.max(5, outer * 0.17);
  const radius = outer - thickness / 2 - Math.max(5, thickness * 0.4);
  return {
    x: width / 2,
    y: 6 + outer + Math.max(0, (height - 22 - outer * 1.78) / 2),
    radius,
    thickness,
    from: FROM,
    to: TO,
  };
}

/** How far along the arc a value lies: 0 to 1, whatever is sent. */
export function gaugeShare(value: number, low: number, high: number): number {
  if (!(high > low) || Number.isNaN(value)) return 0;
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** Streams of every type for the fake relay: what each looks like, and its next sample. */
import { deflateSync } from "node:zlib";
import { MORE_STREAMS } from "./fake-shapes.mjs";

/** A walk that stays near `middle`. */
function walk(middle, step, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY) {
  let value = middle;
  return () => {
    value += (Math.random() - 0.5) * step + (middle - value) * 0.02;
    value = Math.min(high, Math.max(low, value));
    return value;
  };
}

const LOG = [
  ["info", "GET /v1/streams 200 in 3 ms"],
  ["info", "user 4711 signed in"],
  ["debug", "cache hit ratio 0.93"],
  ["warning", "queue depth 812, above 800"],
  ["info", "POST /v1/messages 202 in 1 ms"],
  ["error", "camera 2: no frame for 5 s, connecting again"],
  ["info", "<img src=x onerror=alert(1)> is shown as it is, never as HTML"],
];

/** A picture without any library: PNG with one scan line filter and deflate. */
function png(width, height, pixel) {
  const raw = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0, at = 0; y < height; y++) {
    raw[at++] = 0;
    for (let x = 0; x < width; x++) {
      const [r, g, b] = pixel(x / width, y / height);
      raw[at++] = r;
      raw[at++] = g;
      raw[at++] = b;
    }
  }
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length, 0);
    body.copy(out, 4);
    out.writeUInt32BE(crc(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const all = [
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(raw, { level: 1 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return `data:image/png;base64,${Buffer.concat(all).toString("base64")}`;
}

function crc(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (0xedb88320 & -(value & 1));
  }
  return ~value >>> 0;
}

const user = walk(34, 9, 2, 92);
const system = walk(16, 5, 1, 40);
const memory = walk(11.2e9, 2e8, 4e9, 15.6e9);
const down = walk(4.2e6, 2e6, 1e4, 2e7);
const up = walk(9e5, 5e5, 1e3, 6e6);
const latency = walk(18, 12, 2, 120);
const temperature = walk(21.4, 0.25, 15, 30);
const requests = walk(1840, 120, 0, 4000);
let angle = 0;

/** Each: the spec, samples a second, and what the next value is (`n` counts from 1). */
export const STREAMS = [
  {
    spec: {
      id: "cpu",
      type: "line",
      name: "CPU",
      unit: "%",
      legend: ["user", "system"],
      min: 0,
      max: 100,
      thresholds: [{ value: 80, name: "busy" }],
      decimals: 1,
    },
    rate: 20,
    next: () => [user(), system()],
  },
  {
    spec: { id: "memory", type: "area", name: "Memory", unit: "B", min: 0, max: 17_179_869_184 },
    rate: 4,
    next: () => [memory()],
  },
  {
    spec: { id: "net", type: "area", name: "Network", unit: "B/s", legend: ["down", "up"] },
    rate: 10,
    next: () => [down(), up()],
  },
  {
    spec: { id: "requests", type: "stat", name: "Requests", unit: "req/s", thresholds: [{ value: 2200 }] },
    rate: 4,
    next: () => [requests()],
  },
  {
    spec: { id: "temperature", type: "stat", name: "Office", unit: "°C", decimals: 1 },
    rate: 1,
    next: () => [temperature()],
  },
  {
    spec: { id: "latency", type: "line", name: "Latency, with gaps", unit: "ms", log: true, legend: ["p50", "p99"] },
    rate: 10,
    next: (n) => (n % 60 > 54 ? [null, null] : [latency(), latency() * (6 + Math.random() * 4)]),
  },
  {
    spec: {
      id: 80085,
      type: "line",
      name: "As older publishers send",
      active_points: 20,
      label: ["Random Number"],
      legend: ["random"],
      borderColor: ["#3e95cd"],
      backgroundColor: ["#3e95cd"],
    },
    rate: 2,
    next: () => [Math.random() * 100],
  },
  {
    spec: { id: "codes", type: "bar", name: "Answers by code", legend: ["2xx", "4xx", "5xx"], active_points: 14 },
    rate: 1,
    next: () => [220 + Math.random() * 90, 24 + Math.random() * 20, Math.random() * 12],
  },
  {
    spec: {
      id: "queues",
      type: "horizontalBar",
      name: "Queue depths",
      label: ["orders", "mails", "thumbnails", "exports", "search"],
    },
    rate: 4,
    next: (n) => [
      40 + 25 * Math.sin(n / 7),
      18 + 6 * Math.sin(n / 3),
      66 + 20 * Math.cos(n / 9),
      9 + 4 * Math.sin(n),
      31 + 9 * Math.cos(n / 5),
    ],
  },
  {
    spec: { id: "browsers", type: "pie", name: "Viewers by browser", legend: ["Chrome", "Safari", "Firefox", "Edge"] },
    rate: 1,
    next: (n) => [54 + 6 * Math.sin(n / 9), 23 + 4 * Math.cos(n / 7), 15, 8],
  },
  {
    spec: {
      id: "disk",
      type: "doughnut",
      name: "Disk",
      unit: "GB",
      legend: ["system", "video", "logs", "free"],
      decimals: 0,
    },
    rate: 1,
    next: (n) => [61, 180 + (n % 60), 24, 235 - (n % 60)],
  },
  {
    spec: {
      id: "skills",
      type: "radar",
      name: "Sensor check",
      legend: ["wind", "rain", "light", "dust", "noise", "motion"],
      min: 0,
      max: 10,
    },
    rate: 4,
    next: (n) => [0, 1, 2, 3, 4, 5].map((k) => 5.5 + 3 * Math.sin(n / 11 + k * 1.7)),
  },
  {
    spec: {
      id: "rose",
      type: "polarArea",
      name: "Wind rose",
      legend: ["N", "NE", "E", "SE", "S", "SW", "W", "NW"],
      unit: "m/s",
    },
    rate: 2,
    next: (n) => [...Array(8).keys()].map((k) => 6 + 4 * Math.sin(n / 9 + k)),
  },
  {
    spec: { id: "cloud", type: "scatter", name: "Lissajous", active_points: 300 },
    rate: 20,
    next: () => {
      angle += 0.05;
      return [[Math.sin(angle * 3) * 10 + Math.random(), Math.sin(angle * 4) * 6 + Math.random()]];
    },
  },
  {
    spec: {
      id: "bubbles",
      type: "bubble",
      name: "Orders",
      active_points: 40,
      legend: ["size"],
      borderColor: ["mediumorchid"],
    },
    rate: 4,
    next: () => [[Math.random() * 24, 20 + Math.random() * 60, 3 + Math.random() * 15]],
  },
  {
    spec: { id: "log", type: "text", name: "Service log" },
    rate: 3,
    next: (n) => {
      const [level, text] = LOG[n % LOG.length];
      return [{ level, text }];
    },
  },
  {
    spec: { id: "sky", type: "image", name: "Sky camera" },
    rate: 5,
    next: (n) =>
      png(160, 100, (x, y) => {
        const cloud = Math.max(
          0,
          Math.sin(x * 9 + n / 14) * Math.cos(y * 7 - n / 22) + Math.sin((x + y) * 13 + n / 30) * 0.5,
        );
        return [60 + y * 110 + cloud * 95, 116 + y * 80 + cloud * 70, 190 + y * 30 + cloud * 30].map((v) =>
          Math.min(255, v),
        );
      }),
  },
  {
    spec: { id: "mixed", type: "custom", name: "Custom: bars and a line" },
    rate: 2,
    next: (n) => ({
      type: "bar",
      data: {
        labels: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        datasets: [
          {
            type: "line",
            label: "target",
            data: [40, 42, 45, 48, 50, 44, 40],
            borderColor: "#ff9640",
            backgroundColor: "#ff9640",
            tension: 0.35,
            pointRadius: 2,
          },
          {
            label: "sold",
            data: [...Array(7).keys()].map((k) => 36 + 14 * Math.sin(n / 6 + k)),
            backgroundColor: "#4cb5f5",
            borderRadius: 4,
          },
        ],
      },
      options: { scales: { y: { beginAtZero: true } } },
    }),
  },
  ...MORE_STREAMS,
];

/** Many busy charts, to see how much drawing costs. */
export function manyLines(count) {
  return Array.from({ length: count }, (_, i) => {
    const walks = Array.from({ length: 4 }, (_, k) => walk(20 * k + 10, 6));
    return {
      spec: { id: `line-${i}`, type: "line", active_points: 1000, legend: ["a", "b", "c", "d"] },
      rate: 25,
      next: () => walks.map((next) => next()),
    };
  });
}

/** Types whose row is `[time, v1, v2, ...]`. */
export const SERIES_TYPES = new Set("line area bar horizontalBar pie doughnut radar polarArea gauge stat".split(" "));

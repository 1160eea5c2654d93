/** Streams for the fake relay whose values are more than numbers: grids, trees, tables, places, and things in space. */

const normal = () => (Math.random() + Math.random() + Math.random() + Math.random() - 2) / 2;

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS = [...Array(24).keys()].map((hour) => `${hour}h`);

const FOLDERS = {
  usr: { lib: 2140, share: 1630, bin: 890, local: 420 },
  var: { log: 760, lib: 1180, cache: 540 },
  home: { ann: 1320, bob: 610, "<b>eve</b>": 240 },
  opt: { windsock: 310, tools: 180 },
  srv: 470,
};

function folders(n) {
  const node = (name, inside, depth) =>
    typeof inside === "number"
      ? { name, value: Math.max(1, inside * (1 + 0.35 * Math.sin(n / 9 + depth * 3 + name.length))) }
      : { name, children: Object.entries(inside).map(([key, value], i) => node(key, value, depth + i)) };
  return node("/", FOLDERS, 0);
}

const SERVICES = {
  gateway: {
    auth: { users: {}, tokens: {} },
    board: { catalogue: {}, layout: {} },
    ingest: { tcp: {}, http: {}, redis: {} },
  },
};

function services(n) {
  const node = (name, inside, k) => ({
    name,
    value: Math.round(120 + 80 * Math.sin(n / 5 + k)),
    children: Object.entries(inside).map(([key, value], i) => node(key, value, k * 2 + i + 1)),
  });
  return node("gateway", SERVICES.gateway, 0);
}

const MACHINES = ["alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "willow"];

/** Great enough a circle for a demo: straight in degrees. */
const FLIGHTS = [
  { name: "WS 12", from: [50, 8.6], to: [35.8, 140.4] },
  { name: "WS 47", from: [38.8, -9.1], to: [40.6, -73.8] },
  { name: "WS 9 <i>x</i>", from: [-33.9, 18.6], to: [60.2, 11.1], color: "#ff9640" },
  { name: "WS 88", from: [-33.9, 151.2], to: [-33.4, -70.8 + 360], color: "not a colour" },
];

function flights(n) {
  return {
    data: FLIGHTS.map(({ name, from, to, color }, i) => {
      const way = Math.abs(((n + i * 70) % 480) - 240) / 240; // there and back
      return {
        lat: from[0] + (to[0] - from[0]) * way + 9 * Math.sin(way * Math.PI),
        lng: from[1] + (to[1] - from[1]) * way,
        name,
        ...(color ? { color } : {}),
      };
    }),
  };
}

export const MORE_STREAMS = [
  {
    spec: {
      id: "gauge",
      type: "gauge",
      name: "Boiler",
      unit: "°C",
      min: 0,
      max: 120,
      decimals: 1,
      thresholds: [
        { value: 70, name: "hot" },
        { value: 95, name: "too hot" },
      ],
    },
    rate: 4,
    next: (n) => [62 + 34 * Math.sin(n / 30)],
  },
  {
    spec: { id: "gauge2", type: "gauge", name: "Battery", unit: "%" },
    rate: 1,
    next: (n) => [50 + 42 * Math.cos(n / 50)],
  },
  {
    spec: { id: "hits", type: "heatmap", name: "Hits on a target", width: 48, height: 32 },
    rate: 200,
    next: () => [
      Math.min(31, Math.max(0, Math.round(16 + normal() * 14))),
      Math.min(47, Math.max(0, Math.round(24 + normal() * 20))),
    ],
  },
  {
    spec: { id: "week", type: "heatmap", name: "Requests by hour", legend: DAYS, label: HOURS, unit: "req/s" },
    rate: 2,
    next: (n) =>
      DAYS.map((_, day) =>
        HOURS.map((_, hour) =>
          day === 6 && hour < 4
            ? null
            : Math.round(
                Math.max(
                  0,
                  60 + 50 * Math.sin((hour - 7) / 3.9) - (day > 4 ? 30 : 0) + 12 * Math.sin(n / 5 + day * hour),
                ),
              ),
        ),
      ),
  },
  {
    spec: {
      id: "skills-matrix",
      type: "bubble_matrix",
      name: "Calls between services",
      legend: ["web", "ingest", "video", "store"],
      label: ["web", "ingest", "video", "store", "mail"],
    },
    rate: 4,
    next: (n) =>
      [0, 1, 2, 3].map((row) =>
        [0, 1, 2, 3, 4].map((col) =>
          row === col ? null : Math.round(40 + 38 * Math.sin(n / 12 + row * 2 + col * 1.3)),
        ),
      ),
  },
  { spec: { id: "folders", type: "treemap", name: "Folder sizes", unit: "MB" }, rate: 2, next: folders },
  { spec: { id: "services", type: "tree", name: "Services", unit: "req/s" }, rate: 2, next: services },
  {
    spec: { id: "machines", type: "table", name: "Machines" },
    rate: 1,
    next: (n) =>
      MACHINES.map((host, i) => ({
        host,
        "cpu %": Math.round(10 * (50 + 45 * Math.sin(n / 7 + i))) / 10,
        "memory MB": Math.round(2048 + 1900 * Math.cos(n / 11 + i * 2)),
        up: i % 5 !== 3,
        note: i === 2 ? "<img src=x onerror=alert(1)>" : i === 4 ? null : `rack ${1 + (i % 3)}`,
      })),
  },
  { spec: { id: "flights", type: "map", name: "Flights" }, rate: 4, next: flights },
  {
    spec: {
      id: "cloud3d",
      type: "scatter3d",
      name: "Lorenz attractor, points",
      active_points: 600,
      label: ["x", "y", "z"],
    },
    rate: 20,
    next: () => [lorenz(), lorenz()],
  },
  {
    spec: { id: "line3d", type: "line3d", name: "Helix", active_points: 500, unit: "m" },
    rate: 20,
    next: (n) => [
      [Math.cos(n / 12) * (3 + Math.sin(n / 90)), Math.sin(n / 12) * (3 + Math.sin(n / 90)), (n % 700) / 40],
    ],
  },
  {
    spec: { id: "waves", type: "surface", name: "Waves" },
    rate: 5,
    next: (n) =>
      Array.from({ length: 36 }, (_, row) =>
        Array.from({ length: 48 }, (_, col) => {
          const far = Math.hypot(row - 18, col - 24);
          return Math.round((Math.cos(far / 2.6 - n / 4) * 60) / (1 + far / 6)) / 10;
        }),
      ),
  },
];

const place = [1, 1, 20];
function lorenz() {
  for (let i = 0; i < 3; i++) {
    const [x, y, z] = place;
    place[0] += 10 * (y - x) * 0.008;
    place[1] += (x * (28 - z) - y) * 0.008;
    place[2] += (x * y - (8 / 3) * z) * 0.008;
  }
  return place.map((value) => Math.round(value * 100) / 100);
}

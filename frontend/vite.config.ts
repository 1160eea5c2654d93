import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

/** Where `npm run dev` finds a relay: the fake one of `npm run dev:fake`, or a real web service. */
const relay = process.env.WINDSOCK_DEV_RELAY ?? "http://127.0.0.1:8077";

export default defineConfig({
  plugins: [svelte()],
  define: { __WINDSOCK_VERSION__: JSON.stringify(manifest.version) },
  server: { proxy: { "/socket.io": { target: relay, ws: true }, "/v1": { target: relay, ws: true }, "/feeds": relay } },
  build: {
    // `light-dark()` and nested CSS reach the browser as written; every browser since spring 2024 knows them.
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    // A `data:` font or script would need a wider Content-Security-Policy than the server sends.
    assetsInlineLimit: 0,
    // The polyfill fetches modules by itself for browsers that are older than the CSS above anyway.
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    chunkSizeWarningLimit: 300,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import manifest from "./package.json" with { type: "json" };

/** The second build: the whole board as one plain script and one style sheet, which a snapshot takes along. */
export default defineConfig({
  plugins: [svelte()],
  define: { __WINDSOCK_VERSION__: JSON.stringify(manifest.version) },
  publicDir: false,
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    emptyOutDir: false,
    cssCodeSplit: false,
    // A file that is opened from a disk has no neighbours: pictures stand in the style sheet.
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    modulePreload: false,
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      input: "src/snapshot/main.ts",
      // A plain script has no `import.meta`. Vite's loader would look for neighbours with it, of which there are none.
      checks: { emptyImportMeta: false },
      output: {
        format: "iife",
        codeSplitting: false,
        entryFileNames: "snapshot.js",
        assetFileNames: "snapshot[extname]",
      },
    },
  },
});

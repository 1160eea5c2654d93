/// <reference types="svelte" />
/// <reference types="vite/client" />

/** The package's version, put in by the build. */
declare const __WINDSOCK_VERSION__: string;

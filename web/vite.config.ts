/** How the dashboard is built: everything it needs comes from this folder and node_modules. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Where `npx vite web` finds the API while the page is being written. */
const apiUrl = process.env['QUAKELOOM_API_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root,
  build: {
    outDir: fileURLToPath(new URL('dist', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // MapLibre alone is 1 MB; splitting it from a page that always needs it gains nothing.
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
  },
  // MapLibre's worker is an ES module: the default ('iife') leaves the map empty.
  worker: { format: 'es' },
  server: { proxy: { '/api': apiUrl, '/fdsnws': apiUrl } },
});

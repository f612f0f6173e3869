import { defineConfig, type Plugin } from 'vite';

/** Nothing from elsewhere, nothing compiled from text but WebAssembly. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Isolates the page, so that threads may share memory. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** In the built page, wherever it is served from; the development server needs inline scripts. */
const policyInPage: Plugin = {
  name: 'policy-in-page',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  base: './',
  plugins: [policyInPage],
  resolve: { conditions: ['@ttrec/source', 'module', 'browser', 'import', 'default'] },
  worker: { format: 'es' },
  build: { target: 'es2023', sourcemap: true },
  server: { host: '127.0.0.1', headers: isolation },
  // A worker obeys the policy of its own response, not that of the page.
  preview: { host: '127.0.0.1', headers: { ...isolation, 'Content-Security-Policy': policy } },
});

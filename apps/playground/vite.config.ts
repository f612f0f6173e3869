import { defineConfig, type Plugin } from 'vite';
import { isolation, policy, servedWith } from './policy.ts';

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

/** Native readers of @ttrec/data, which it imports in Node alone. */
const external = [/^@duckdb\//];

export default defineConfig({
  base: './',
  plugins: [policyInPage],
  resolve: { conditions: ['@ttrec/source', 'module', 'browser', 'import', 'default'] },
  worker: { format: 'es', rolldownOptions: { external } },
  build: { target: 'es2023', sourcemap: true, rolldownOptions: { external } },
  server: { host: '127.0.0.1', headers: isolation },
  preview: { host: '127.0.0.1', headers: servedWith },
});

import { fileURLToPath } from 'node:url';
import { pageConfig } from '@ttrec/page-parts/vite';
import { defineConfig } from 'vite';
import { isolation, policy, servedWith } from './policy.ts';

/** Native readers of @ttrec/data, which it imports in Node alone. */
const external = [/^@duckdb\//];

const shared = pageConfig(policy);

export default defineConfig({
  ...shared,
  resolve: {
    ...shared.resolve,
    alias: { ndarray: fileURLToPath(new URL('src/plain-ndarray.ts', import.meta.url)) },
  },
  worker: { format: 'es', rolldownOptions: { external } },
  build: { target: 'es2023', sourcemap: true, rolldownOptions: { external } },
  server: { host: '127.0.0.1', headers: isolation },
  preview: { host: '127.0.0.1', headers: servedWith },
});

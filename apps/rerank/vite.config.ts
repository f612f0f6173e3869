import { pageConfig } from '@ttrec/page-parts/vite';
import { defineConfig } from 'vite';
import { policy } from './policy.ts';

export default defineConfig({
  ...pageConfig(policy),
  build: { target: 'es2023', sourcemap: true, modulePreload: { polyfill: false } },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1', headers: { 'Content-Security-Policy': policy } },
});

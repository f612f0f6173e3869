import { defineConfig, type Plugin } from 'vite';
import { policy } from './policy.ts';

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
  build: { target: 'es2023', sourcemap: true, modulePreload: { polyfill: false } },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1', headers: { 'Content-Security-Policy': policy } },
});

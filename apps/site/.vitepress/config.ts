import { fileURLToPath } from 'node:url';
import { defineConfig, type DefaultTheme } from 'vitepress';
import { withBreaks, withUnits } from '../src/units.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Readers that @ttrec/data imports in Node alone. */
const external = [/^@duckdb\//];

const guides: DefaultTheme.SidebarItem[] = [
  {
    text: 'Start',
    items: [
      { text: 'Rank in Node or in a page', link: '/start-ranking' },
      { text: 'Bring a PyTorch model', link: '/start-pytorch' },
      { text: 'Compare hash and tensor train', link: '/start-comparing' },
      { text: 'Contribute a kind or a backend', link: '/start-contributing' },
    ],
  },
  {
    text: 'Guides',
    items: [
      { text: 'Choose a kind of table', link: '/choosing-a-kind' },
      { text: 'Combine TT with hashing', link: '/combining-tt-with-hashing' },
      { text: 'Bring a PyTorch model', link: '/bringing-a-pytorch-model' },
      { text: 'Rank in a Node service', link: '/rank-in-a-node-service' },
      { text: 'Rank in a page', link: '/rank-in-a-page' },
      { text: 'Train on a cluster', link: '/train-on-a-cluster' },
      { text: 'KServe and Triton clients', link: '/behind-kserve-or-triton' },
      { text: 'Write a kind of table', link: '/writing-a-new-kind' },
      { text: 'Write a backend', link: '/contributing#write-a-backend' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'The ttrec command', link: '/command' },
      { text: 'Packages', link: '/packages/' },
      { text: 'API', link: '/api/' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Hash or tensor train?', link: '/results' },
      { text: 'Licences', link: '/licences' },
    ],
  },
  {
    text: 'Inside',
    items: [
      { text: 'Architecture', link: '/architecture' },
      { text: 'WebAssembly kernels', link: '/wasm-kernels' },
      { text: 'Native kernels', link: '/native-kernels' },
      { text: 'Contributing', link: '/contributing' },
    ],
  },
];

export default defineConfig({
  title: 'ttrec',
  description:
    'Recommendation models that fit: embedding tables as tensor trains and hashes, trained and served from TypeScript, in Node and in the browser',
  lang: 'en',
  base: process.env['TTREC_SITE_BASE'] ?? '/',
  srcDir: 'dist/pages',
  outDir: 'dist/site',
  cacheDir: at('../../../.cache/site/vite'),
  cleanUrls: true,
  // The check of links is our own: it looks at headings too.
  ignoreDeadLinks: true,
  head: [['link', { rel: 'icon', href: '/playground-app/icon.svg', type: 'image/svg+xml' }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      const { text, code_inline: code } = md.renderer.rules;
      md.renderer.rules.text = (...args) => withUnits(text!(...args));
      md.renderer.rules.code_inline = (...args) => withBreaks(code!(...args));
    },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start-ranking', activeMatch: '^/start-' },
      { text: 'Guides', link: '/choosing-a-kind' },
      { text: 'Playground', link: '/playground' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    sidebar: { '/': guides },
    outline: [2, 3],
    search: {
      provider: 'local',
      options: { detailedView: true, miniSearch: { searchOptions: { boost: { title: 4, titles: 2 } } } },
    },
    footer: { message: 'MIT licence.' },
  },
  vite: {
    resolve: { conditions: ['@ttrec/source'] },
    ssr: { noExternal: [/^@ttrec\//] },
    worker: { format: 'es', rollupOptions: { external } },
    build: { target: 'es2023', rollupOptions: { external }, chunkSizeWarningLimit: 2000 },
  },
});

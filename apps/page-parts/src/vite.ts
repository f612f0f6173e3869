import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';

const themeSwitch = `<fieldset class="theme segments">
  <legend class="hidden">Colours</legend>
  <label><input type="radio" name="theme" value="light" /><span>Light</span></label>
  <label><input type="radio" name="theme" value="auto" checked /><span>Auto</span></label>
  <label><input type="radio" name="theme" value="dark" /><span>Dark</span></label>
</fieldset>`;

const sharedHtml: Plugin = {
  name: 'shared-html',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) => ({
      html: html.replace('<theme-switch></theme-switch>', themeSwitch),
      tags: [
        { tag: 'meta', attrs: { name: 'color-scheme', content: 'light dark' }, injectTo: 'head' },
        {
          tag: 'link',
          attrs: { rel: 'icon', href: './icon.svg', type: 'image/svg+xml' },
          injectTo: 'head',
        },
      ],
    }),
  },
};

/** A Content-Security-Policy in the built page, wherever it is served from; the development server needs inline scripts. */
function policyInPage(policy: string): Plugin {
  return {
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
}

/**
 * What the builds of all pages have in common: relative links, packages from their sources, the icon, the policy in the page, and
 * `<theme-switch></theme-switch>` in index.html as the switch that `@ttrec/page-parts/theme` binds.
 */
export function pageConfig(policy: string) {
  return {
    base: './',
    publicDir: fileURLToPath(new URL('../public', import.meta.url)),
    plugins: [sharedHtml, policyInPage(policy)],
    resolve: { conditions: ['@ttrec/source', 'module', 'browser', 'import', 'default'] },
  } satisfies UserConfig;
}

import type { Addon } from './addon.ts';
import { nodeModule } from './node-module.ts';

/** The addon, or why there is none. */
export type Loaded = { readonly addon: Addon } | { readonly reason: string };

let loaded: Loaded | undefined;

/** Loads the binary of this platform once. Never throws. */
export function loadAddon(): Loaded {
  return (loaded ??= load());
}

function load(): Loaded {
  const [fs, url] = [nodeModule('node:fs'), nodeModule('node:url')];
  if (!fs || !url) return { reason: 'native code runs in Node alone' };
  try {
    const platform = `${process.platform}-${process.arch}`;
    const given = process.env['TTREC_NATIVE_ADDON'];
    const path = given ?? url.fileURLToPath(new URL(`../prebuilds/${platform}.node`, import.meta.url));
    if (!fs.existsSync(path)) return { reason: missing(platform, path) };
    const module = { exports: {} };
    process.dlopen(module, path);
    return { addon: module.exports as Addon };
  } catch (thrown) {
    return { reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function missing(platform: string, path: string): string {
  return `no binary for ${platform} at ${path}; bundlers must leave @ttrec/backend-native out (external)`;
}

import { chromium, type Browser } from 'playwright-core';
import { findChromium } from './find-chromium.ts';

/** No sandbox: CI runs as root. The profile is a fresh folder that Playwright makes and removes. */
const FLAGS = [
  '--no-sandbox',
  // Nothing but the pages under test may ask for anything.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  // WebGPU on a machine without a GPU: Chromium then offers its software adapter, SwiftShader.
  '--enable-unsafe-webgpu',
  // Live buffers are counted after what is garbage has been collected: `gc()` in pages and workers.
  '--js-flags=--expose-gc',
];

/** Headless Chromium with WebGL2 and WebGPU, on software where there is no GPU. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), headless: true, args: FLAGS });
}

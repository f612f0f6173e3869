/** What needs no test runner: for benchmarks. */
export { findChromium } from './find-chromium.ts';
export { launchChromium } from './launch-chromium.ts';
export { filesUnder, serve } from './serve.ts';
export { openTestPage } from './test-page.ts';

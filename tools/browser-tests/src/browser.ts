/** What needs no test runner: for benchmarks. */
export { launchChromium } from './launch-chromium.ts';
export { openTestPage } from './test-page.ts';

export { findChromium } from './find-chromium.ts';
export { launchChromium } from './launch-chromium.ts';
export { compareScreenshot, useTestFont } from './screenshot.ts';
export { filesUnder, serve, type ServedFiles, type Server } from './serve.ts';
export { openTestPage, type EntryModule, type PageSetting, type TestPage } from './test-page.ts';
export { useChromium, type ChromiumForTests } from './use-chromium.ts';
export { filesOf, useBuiltSite, type BuiltSite, type Page } from './use-built-site.ts';

import { join } from 'node:path';
import { filesOf, useBuiltSite, type BuiltSite } from '@ttrec/browser-tests';
import { build } from 'vite';
import { policy } from '../policy.ts';

const root = join(import.meta.dirname, '..');

/** The page as visitors get it: built and minified, served with its policy. */
export const useBuiltPage = (): BuiltSite =>
  useBuiltSite(
    () =>
      filesOf('rerank', (outDir) => build({ root, logLevel: 'error', build: { outDir, sourcemap: false } })),
    { 'Content-Security-Policy': policy },
  );

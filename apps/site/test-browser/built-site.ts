import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, useBuiltSite as useSite, type BuiltSite } from '@ttrec/browser-tests';

const root = join(import.meta.dirname, '..');
const built = join(root, 'dist', 'site');

/** The site as visitors get it. Built first, with its links checked, unless TTREC_SITE_BUILT says that it is there. */
export const useBuiltSite = (): BuiltSite =>
  useSite(async () => {
    if (process.env['TTREC_SITE_BUILT'] === undefined || !existsSync(built)) {
      const args = [join(root, 'src', 'build.ts')];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`the site does not build\n${stdout}${stderr}`);
      console.log(stdout);
    }
    return filesUnder(built);
  });

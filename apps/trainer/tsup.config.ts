import { copyFile } from 'node:fs/promises';
import { packageConfig } from '@ttrec/tsup-config';

/** Of echarts, the reports use a fortieth: it is built in, with its licence, rather than installed. */
async function copyLicences(): Promise<void> {
  for (const name of ['LICENSE', 'NOTICE'])
    await copyFile(`node_modules/echarts/${name}`, `dist/echarts-${name}.txt`);
}

export default packageConfig(
  { index: 'src/index.ts', cli: 'src/cli.ts', 'serve-worker': 'src/serve/worker.ts' },
  {
    platform: 'node',
    dts: { entry: { index: 'src/index.ts' } },
    noExternal: ['echarts'],
    // Of which most would be that of echarts; what is built is not minified.
    sourcemap: false,
    onSuccess: copyLicences,
  },
);

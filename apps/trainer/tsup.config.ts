import { copyFile, mkdir, realpath } from 'node:fs/promises';
import { packageConfig } from '@ttrec/tsup-config';

/** Of echarts, the reports use a fortieth: it is built in, with the licences of its parts, rather than installed. */
async function copyLicences(): Promise<void> {
  const echarts = await realpath('node_modules/echarts');
  // A file called LICENSE, wherever it is, would keep pnpm from packing our own.
  const texts = {
    'echarts.txt': `${echarts}/LICENSE`,
    'echarts-notice.txt': `${echarts}/NOTICE`,
    'd3.txt': `${echarts}/licenses/LICENSE-d3`,
    'zrender.txt': `${echarts}/../zrender/LICENSE`,
  };
  await mkdir('dist/built-in', { recursive: true });
  for (const [name, text] of Object.entries(texts)) await copyFile(text, `dist/built-in/${name}`);
}

export default packageConfig(
  {
    index: 'src/index.ts',
    cli: 'src/cli.ts',
    'serve-worker': 'src/serve/worker.ts',
    'train-worker': 'src/workers/thread-worker.ts',
  },
  {
    platform: 'node',
    dts: { entry: { index: 'src/index.ts' } },
    noExternal: ['echarts'],
    // Of which most would be that of echarts; what is built is not minified.
    sourcemap: false,
    onSuccess: copyLicences,
  },
);

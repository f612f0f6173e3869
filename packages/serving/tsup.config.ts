import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(
  {
    index: 'src/index.ts',
    http: 'src/http/index.ts',
    web: 'src/web/index.ts',
    'web-worker': 'src/web/worker.ts',
  },
  { platform: 'node' },
);

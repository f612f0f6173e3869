import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(
  {
    index: 'src/index.ts',
    config: 'src/config.ts',
    checkpoints: 'src/checkpoints.ts',
    compare: 'src/compare.ts',
    records: 'src/records.ts',
    workers: 'src/workers.ts',
    'run-folder': 'src/run-folder.ts',
    statistics: 'src/statistics.ts',
    'model-file': 'src/model-file.ts',
  },
  { platform: 'node' },
);

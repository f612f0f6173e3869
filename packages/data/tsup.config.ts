import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(
  {
    index: 'src/index.ts',
    encoding: 'src/encoding/index.ts',
    inspect: 'src/inspect.ts',
    rows: 'src/rows.ts',
    'reading-worker': 'src/reading-worker.ts',
  },
  {
    platform: 'node',
    removeNodeProtocol: false,
  },
);

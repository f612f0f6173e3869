import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig(
  { index: 'src/index.ts', encoding: 'src/encoding/index.ts' },
  {
    platform: 'node',
    removeNodeProtocol: false,
  },
);

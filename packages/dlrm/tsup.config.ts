import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  shards: 'src/shards/index.ts',
  layers: 'src/layers/index.ts',
});

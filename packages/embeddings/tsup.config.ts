import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  kind: 'src/kind.ts',
  compress: 'src/compress.ts',
  configs: 'src/configs.ts',
  model: 'src/model.ts',
});

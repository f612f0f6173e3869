import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  matrices: 'src/matrices/index.ts',
  shapes: 'src/shapes/index.ts',
});

import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  algebra: 'src/algebra/index.ts',
  decompose: 'src/decompose/index.ts',
  initialise: 'src/initialise/index.ts',
  matrices: 'src/matrices/index.ts',
  shapes: 'src/shapes/index.ts',
});

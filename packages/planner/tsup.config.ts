import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({
  index: 'src/index.ts',
  generator: 'src/generator.ts',
  measure: 'src/measure.ts',
});

import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({ index: 'src/index.ts', options: 'src/options.ts', json: 'src/json.ts' });

import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({ index: 'src/index.ts' }, { platform: 'node' });

import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig({ index: 'src/index.ts', http: 'src/http/index.ts' }, { platform: 'node' });

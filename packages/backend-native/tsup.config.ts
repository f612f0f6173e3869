import { packageConfig } from '@ttrec/tsup-config';

export default packageConfig();

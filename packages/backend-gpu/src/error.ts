import { errorsOf } from '@ttrec/errors';

export const error = errorsOf('backend-gpu');

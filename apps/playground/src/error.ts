import { errorsOf } from '@ttrec/errors';

export const error = errorsOf('playground');

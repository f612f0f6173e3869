import { errorsOf } from '@ttrec/core';

export const error = errorsOf('data');

export function closed(): Error {
  return error('closed-dataset', { subject: 'batches', rule: 'must be read before the dataset is closed' });
}

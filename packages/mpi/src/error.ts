import { errorsOf } from '@ttrec/core';

export const error = errorsOf('mpi');

import { errorsOf } from '@ttrec/core';

/** Builds every error of this package; its codes begin with `tensor-train/`. */
export const error = errorsOf('tensor-train');

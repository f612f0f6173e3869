import { refusal as refusalOf } from '@ttrec/test-support';

/** A matcher of this package's errors: the code after the slash, and words that the message holds. */
export const refusal = (code: string, ...words: string[]): unknown =>
  refusalOf(`tensor-files/${code}`, ...words);

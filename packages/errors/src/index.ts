export { errorsOf, isTtrecError, TtrecError, within, type ErrorParts } from './ttrec-error.ts';
export { nearest } from './nearest.ts';

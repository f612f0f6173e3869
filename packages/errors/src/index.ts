export { errorsOf, isTtrecError, TtrecError, type ErrorParts } from './ttrec-error.ts';
export { nearest } from './nearest.ts';

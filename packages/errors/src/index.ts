export { errorsOf, isTtrecError, TtrecError, within, type ErrorParts } from './ttrec-error.ts';
export { checkChoice, checkOptions, type OptionRule, type OptionRules } from './check-options.ts';
export { didYouMean, nearest } from './nearest.ts';

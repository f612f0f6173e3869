/** Checks of options and arguments, for packages that refuse what they do not know. */
export {
  checkArgument,
  checkChoice,
  checkList,
  checkObject,
  checkOptions,
  type AnyOptionRules,
  type AnyRule,
  type MakeError,
  type OptionRule,
  type OptionRules,
  type RequiredRule,
} from './errors/check-options.ts';

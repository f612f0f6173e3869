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
export { didYouMean, nearest } from './errors/nearest.ts';
export { printable, SHOWN_VALUE } from './errors/printable.ts';
export { errorsOf, isTtrecError, TtrecError, within, type ErrorParts } from './errors/ttrec-error.ts';
export { JsonFault, parseJson, type JsonFaultKind, type ParseJsonOptions } from './json/parse-json.ts';
export { readJson } from './json/read-json.ts';
export { bytesRule, parseBytes } from './parse-bytes.ts';
export { powerOfTwo } from './power-of-two.ts';
export { product } from './product.ts';
export { typeName } from './errors/type-name.ts';
export { fillNormal, fillUniform, permutation } from './random/fill.ts';
export { mix32 } from './random/mix32.ts';
export { philox4x32, type Words2, type Words4 } from './random/philox.ts';
export { RandomStream } from './random/random-stream.ts';
export { chooseIssue } from './json/choose-issue.ts';
export { describeIssue, type Description, type SchemaIssue } from './json/describe-issue.ts';

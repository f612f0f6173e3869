/** JSON of files and requests, with errors that name the place. */
export { JsonFault, parseJson, type JsonFaultKind, type ParseJsonOptions } from './json/parse-json.ts';
export { readJson } from './json/read-json.ts';
export { chooseIssue } from './json/choose-issue.ts';
export { describeIssue, type Description, type SchemaIssue } from './json/describe-issue.ts';

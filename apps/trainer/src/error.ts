import { errorsOf, type TtrecError } from '@ttrec/core';

export const error = errorsOf('trainer');

/** Faults of the command line itself, which end it with exit code 2. */
const usageCodes: readonly string[] = [
  'a-comparison',
  'bad-compress',
  'bad-plan',
  'checkpoint-of-no-run',
  'no-config',
  'no-file-to-replace',
  'no-run',
  'split-of-other-data',
  'unknown-preset',
  'two-runs',
].map((rule) => `trainer/${rule}`);

export function isUsageError({ code }: TtrecError): boolean {
  return usageCodes.includes(code);
}

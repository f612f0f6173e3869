import { isOwnNameOfRun } from '../run-folder/run-file-names.ts';
import { z } from 'zod';

/** As long as `createRunFolder` takes, and short enough for every file system with a time in front. */
export const MAX_NAME = 100;

/** Names that Windows keeps for devices, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** A name that becomes a folder, on any system that a run may be copied to: of a run, or of a variant in a comparison. */
export const folderName = z.string().superRefine((name, context) => {
  const rule = brokenRule(name);
  if (rule !== undefined) context.addIssue({ code: 'custom', message: rule, input: name });
});

function brokenRule(name: string): string | undefined {
  if (!/^[\w.+-]+$/.test(name)) return 'must be letters, digits, ".", "_", "+" and "-"';
  if (name.length > MAX_NAME) return `must have at most ${MAX_NAME} characters`;
  if (/^[.-]|\.$/.test(name)) return 'must not begin with "." or "-", nor end with "."';
  if (DEVICE.test(name)) return 'must not be the name of a device on Windows';
  if (isOwnNameOfRun(name)) return 'must not be the name of a file that a run keeps';
  return undefined;
}

/** What a name of the data becomes as a part of the name of a file or a folder, which may not hold everything. */
export function inFileName(text: string): string {
  return text
    .slice(0, 60)
    .replace(/[^\w+-]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

export { failSync, fillDiskAfter, shortenWritesTo, unprivileged } from './failing-disk.ts';
export { integers, trained } from './kinds-of-tables.ts';
export { refusal } from './refusal.ts';
export { temporaryFolder } from './temporary-folder.ts';

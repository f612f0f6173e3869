/** The folder inside a locked folder; the name of the one file in it says who holds the lock. */
export const LOCK = 'lock';

/** The files of a run folder beside its checkpoints. The config comes last: while it is there, the folder holds a run. */
export const RUN_FILES = [
  'metrics.jsonl',
  'encoding.jsonl.gz',
  'final.json',
  'report.html',
  'config.json',
] as const;

/** Whether a run folder keeps a file or a folder of that name, in any case: as some file systems do, which see no difference. */
export function isOwnNameOfRun(name: string): boolean {
  return ['checkpoints', LOCK, ...RUN_FILES].includes(name.toLowerCase());
}

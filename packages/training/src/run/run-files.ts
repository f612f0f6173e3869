import { join } from 'node:path';

/** The files of a run folder. */
export interface RunFiles {
  readonly folder: string;
  /** The effective config, and where its relative paths start. */
  readonly config: string;
  /** What turns raw values into ids and dense numbers; of runs on files only. */
  readonly encoding: string;
  readonly metrics: string;
  readonly final: string;
  readonly report: string;
}

export function runFiles(folder: string): RunFiles {
  return {
    folder,
    config: join(folder, 'config.json'),
    encoding: join(folder, 'encoding.jsonl.gz'),
    metrics: join(folder, 'metrics.jsonl'),
    final: join(folder, 'final.json'),
    report: join(folder, 'report.html'),
  };
}

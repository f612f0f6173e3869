import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { runFiles, withKinds, type Run } from '@ttrec/training/run-folder';

/** What the workers that follow know of the run of the first, as JSON. */
export interface RunDescription {
  readonly config: unknown;
  readonly baseDirectory: string;
  readonly folder: string;
  readonly from?: string | undefined;
  readonly resumed: boolean;
  /** As for `openDataset`. */
  readonly readingThread?: boolean | undefined;
}

export function describeRun(run: Run, readingThread: boolean | undefined): RunDescription {
  const { config, baseDirectory, files, from, resumed } = run;
  return { config, baseDirectory, folder: files.folder, from, resumed, readingThread };
}

/** The run, with the modules of its kinds of tables loaded. Throws the same errors as `openRun`. */
export async function describedRun(description: RunDescription): Promise<Run> {
  const { baseDirectory, folder, from, resumed } = description;
  const source = 'the config of worker 0';
  const config = await withKinds(description.config, { source, baseDirectory }, {});
  return {
    config: parseConfig(trainConfigSchema, config, source),
    ...{ baseDirectory, from, resumed },
    files: runFiles(folder),
  };
}

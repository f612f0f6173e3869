import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '@ttrec/data';
import type { FinalRecord } from '@ttrec/training/records';
import type { TrainConfig } from '@ttrec/training/config';
import { runFolderContents } from '@ttrec/training/checkpoints';
import {
  type ClaimedRun,
  finishedRecord,
  openRun,
  requireSameRun,
  resumeRun,
  startRun,
} from '@ttrec/training/run-folder';
import type { Output } from '../terminal/output.ts';
import type { StopRequest } from './stop-request.ts';
import { trainAndReport } from './train-and-report.ts';

/** The run of a variant: a new one, or in a comparison that is continued, the one that its folder holds. */
export async function variantRun(args: {
  readonly config: TrainConfig;
  readonly baseDirectory: string;
  readonly out: string;
  readonly isResumed: boolean;
}): Promise<ClaimedRun> {
  const { config, baseDirectory, out, isResumed } = args;
  if (!isResumed || (await runFolderContents(out)).holds !== 'run') {
    return startRun({ config, baseDirectory, out });
  }
  return { ...(await resumeRun(out, { loadedKinds: config.kinds })), config };
}

/** The runs that a comparison has begun must be those of its variants. @throws `training/config-differs`, and as `openRun` */
export async function requireSameVariants(configs: readonly TrainConfig[], folder: string): Promise<void> {
  for (const config of configs) {
    const out = join(folder, config.name);
    if ((await runFolderContents(out)).holds !== 'run') continue;
    const begun = await openRun(out, { loadedKinds: config.kinds });
    requireSameRun(config, begun.config, begun.files.config);
  }
}

/** The final record of a variant, whose folder is then free; undefined if it was interrupted. One that has ended is not trained again. */
export async function trainVariant(
  run: ClaimedRun,
  {
    dataset,
    output,
    stop,
  }: { readonly dataset: Dataset; readonly output: Output; readonly stop: StopRequest },
): Promise<FinalRecord | undefined> {
  try {
    const ended = run.resumed ? await finishedRecord(run, dataset) : undefined;
    if (ended === undefined || !existsSync(run.files.report)) {
      const outcome = await trainAndReport({ run, output, stop, dataset });
      return outcome.interrupted ? undefined : outcome.final;
    }
    output.note(`has been trained: ${run.files.folder}`);
    return ended;
  } finally {
    await run.claim.release();
  }
}

import { formatBytes, formatCount, formatCounted } from '../format.ts';
import { engineName, type PageState } from '../state/state.ts';

/**
 * What goes on, in a sentence. It changes at events and not at steps: it is read out by screen readers.
 */
export function statusOf(state: PageState): string {
  const { run, phase, busy, lost } = state;
  if (busy !== undefined) return busy;
  if (!run) return 'Ready.';
  const engine = engineName(run.engine);
  switch (phase) {
    case 'running':
      return `Training on ${engine}.`;
    case 'paused':
      return `Paused at step ${formatCount(run.step)}.`;
    case 'done':
      return `Done: ${formatCounted(run.step, 'step')} on ${engine}.`;
    case 'lost':
      return `${lost?.engine ?? 'The engine'} was lost at step ${formatCount(run.step)}.`;
    case 'failed':
      return `Stopped at step ${formatCount(run.step)}.`;
    case 'idle':
      return 'Ready.';
  }
}

/** Engines that were passed over for the one that runs, and why; and where the run has been before. */
export function engineStory({ run }: PageState): string {
  if (!run) return '';
  const { engine, moves } = run;
  const chosen = engine.choice === 'automatic' ? 'chosen as the best available' : 'asked for';
  const passed = engine.passedOver.map(
    ({ name, reason }) => `${name} passed over: ${withoutName(name, reason)}`,
  );
  const moved = moves.map(({ step, from, to }) => `moved from ${from} to ${to} at step ${formatCount(step)}`);
  const threads = engine.threadsReason === undefined ? [] : [`one thread: ${engine.threadsReason}`];
  const said = `${engineName(engine)}: ${engine.detail}, ${chosen}`;
  return [said, ...threads, ...passed, ...moved].join('; ') + '.';
}

/** What the engine holds, and what is kept beside it should it be lost. */
export function memoryStory({ run }: PageState): string {
  if (!run || run.engineBytes === 0) return '';
  const held = `${formatBytes(run.engineBytes)} of buffers on ${run.engine.name}`;
  if ('none' in run.checkpoints) return `${held}. No checkpoint is kept: ${run.checkpoints.none}.`;
  const last = run.checkpoint === undefined ? 'none yet' : `the last at step ${formatCount(run.checkpoint)}`;
  return `${held}. A checkpoint is kept every ${run.checkpoints.every === 1 ? 'step' : `${run.checkpoints.every} steps`}, ${last}.`;
}

/** Reasons of a GPU mode begin with its name. */
export function withoutName(name: string, reason: string): string {
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}

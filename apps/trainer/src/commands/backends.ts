import { Command } from '@commander-js/extra-typings';
import type { BackendFactory } from '@ttrec/backend';
import { engines } from '../engines.ts';
import { DEFAULT_THREADS } from '@ttrec/training/config';
import { jsonOption, type OptionsOf } from '../options/shared-options.ts';
import { formatTable } from '../terminal/format.ts';
import { createOutput } from '../terminal/output.ts';

/** An engine on this machine. */
type EngineHere = {
  readonly name: string;
  readonly priority: number;
} & (
  | {
      readonly available: true;
      readonly engine: string;
      readonly threads: {
        /** Without `--threads`. */
        readonly default: number;
        /** By `--threads auto`: as many as it can use here. */
        readonly auto: number;
        /** Why `auto` is one. */
        readonly reason?: string;
      };
    }
  | { readonly available: false; readonly reason: string }
);

const declared = () =>
  new Command('backends')
    .description('list the engines and their threads, and why an engine cannot run here')
    .addOption(jsonOption());

export const backendsCommand = () => declared().action(backends);

/** `ttrec backends`: the engines, and their threads here; for those that cannot run here, why. */
export async function backends(flags: OptionsOf<typeof declared>): Promise<void> {
  const output = createOutput({ json: flags.json ?? false });
  const rows: EngineHere[] = [];
  for (const factory of engines('auto').list()) rows.push(await engineHere(factory));
  output.result(
    formatTable(
      ['backend', 'priority', 'available', 'threads', 'at most', 'engine, or why not'],
      rows.map((row) => [
        row.name,
        `${row.priority}`,
        row.available ? 'yes' : 'no',
        row.available ? `${row.threads.default}` : '–',
        row.available ? `${row.threads.auto}` : '–',
        row.available ? row.engine : row.reason,
      ]),
    ),
  );
  const why = rows.flatMap((row) =>
    row.available && row.threads.reason !== undefined
      ? [`${row.name} has one thread: ${row.threads.reason}`]
      : [],
  );
  if (why.length > 0) output.result(`\n${why.join('\n')}`);
  output.record({ backends: rows });
}

/** Starts the engine and ends it: how many threads can be had is known when they run. */
async function engineHere(factory: BackendFactory): Promise<EngineHere> {
  const { name, priority } = factory;
  const found = await factory.availability();
  if (!found.available) return { name, priority, ...found };
  try {
    const backend = await factory.create();
    const { threads: auto, threadsReason } = backend.capabilities;
    await backend.dispose();
    const reason = threadsReason ?? (auto === 1 ? 'this engine computes on one' : undefined);
    const threads = { default: DEFAULT_THREADS, auto, ...(reason !== undefined && { reason }) };
    return { name, priority, ...found, threads };
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    return { name, priority, available: false, reason: `available, but failed to start: ${words}` };
  }
}

import { formatPairs } from './format.ts';
import type { BenchRecord } from '../record.ts';

/** Where and how the figures were measured, in a few sentences. */
export function setting({ date, commit, modified, machine, pairs, seconds }: BenchRecord): string {
  const gigabytes = Math.round(machine.memoryBytes / 2 ** 30);
  const loads = machine.load.map((load) => load.toFixed(1)).join(' and ');
  return [
    `${date.slice(0, 10)}, commit ${commit.slice(0, 10)}${modified ? ' with changes' : ''}, Node ${machine.node.slice(1)}.`,
    `${machine.cpu}, ${machine.cores} cores, ${gigabytes} GiB, ${machine.system}; single-threaded unless stated.`,
    `Load average ${loads} before and after.`,
    `${formatPairs(pairs)}, at least ${seconds} s each; medians, and 10 % to 90 % of the pairs.`,
  ].join(' ');
}

/** What the figures do not show. */
export function limits({ cases, machine, pairs }: BenchRecord): string[] {
  const [before, after] = machine.load;
  const isBusy = Math.max(before, after) > machine.cores;
  const peers = new Set(
    cases.flatMap(({ contenders }) =>
      contenders.flatMap(({ kind, version }) => (kind === 'peer' && version !== undefined ? [version] : [])),
    ),
  );
  const hasTorch = [...peers].some((version) => version.startsWith('torch'));
  return [
    `One machine, whose ${machine.cores} cores were shared with other work${isBusy ? '; more work was waiting than there were cores' : ''}. Contenders ran in turn, so a ratio is steadier than a rate; with ${formatPairs(pairs)} the spread is a rough one.`,
    ...(hasTorch
      ? [
          'PyTorch is Debian’s 1.13 with OpenBLAS and without MKL; its torch.bmm calls one GEMM a matrix. A newer PyTorch, or one with MKL, may be faster.',
        ]
      : []),
    'Single-threaded unless stated. No GPUs and no browsers.',
    'Random ids and features: the time of a step, not how well a model learns. A table’s rows are cold as far as batches that rotate can make them.',
    ...(peers.size > 0 ? [`Against ${[...peers].sort().join(', ')}.`] : []),
  ];
}

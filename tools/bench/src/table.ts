import { formatRate, formatRatio, formatSpread } from './format.ts';
import { claimHolds, type CaseRecord, type ContenderRecord } from './record.ts';

/** The results of a case as lines of a terminal. */
export function caseTable({ name, unit, contenders }: CaseRecord): string {
  const rows = contenders.map((contender) => rowOf(contender, unit));
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => pad(cell, widths[column]!, column)).join('  '));
  return [name, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
}

function rowOf(contender: ContenderRecord, unit: string): string[] {
  const { name, rate, ratio, reason } = contender;
  const rates = rate ? `${formatRate(rate.median)} ${unit}/s` : '–';
  const ratios = ratio ? `${formatRatio(ratio.median)}  ${formatSpread(ratio)}` : '';
  const spread = ratio || !rate ? '' : `(${formatRate(rate.low)} to ${formatRate(rate.high)})`;
  return [name, rates, ratios || spread, claimInWords(contender), reason ?? ''];
}

/** What was claimed of a contender, and whether it holds. */
export function claimInWords(contender: ContenderRecord): string {
  const { atLeast, rateAtLeast } = contender;
  const claim =
    atLeast !== undefined
      ? `≥ ${formatRatio(atLeast)}`
      : rateAtLeast !== undefined
        ? `≥ ${formatRate(rateAtLeast)}/s`
        : '';
  const holds = claimHolds(contender);
  if (claim === '' || holds === undefined) return claim;
  return `${claim} ${holds ? 'yes' : 'NO'}`;
}

/** Rates stand under one another at their right ends. */
function pad(cell: string, width: number, column: number): string {
  return column === 1 ? cell.padStart(width) : cell.padEnd(width);
}

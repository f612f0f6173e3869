import { allCases } from '../cases/all-cases.ts';
import { formatRate, formatRatio, formatSpread } from './format.ts';
import { error } from '../error.ts';
import type { BenchRecord, CaseRecord, ContenderRecord } from '../record.ts';
import { limits, setting } from './setting.ts';
import { goalInWords } from './table.ts';

const BEGIN = '<!-- figures -->';
const END = '<!-- /figures -->';

/** `page` with the block between the markers written anew. Throws `bench/no-markers`. */
export function withFigures(page: string, figures: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) {
    throw error('no-markers', { subject: 'page', rule: `must hold ${BEGIN} and, after it, ${END}` });
  }
  return `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`;
}

/** The results as Markdown: a row for each comparison, and one for ours if it has a goal or ran alone. */
export function fullReport(record: BenchRecord): string {
  const table = markdownTable(
    ['case', 'ours', 'against', 'ours is faster', 'goal'],
    record.cases.flatMap(rowsOf),
  );
  const bullets = [...limits(record), ...notRun(record)].map((limit) => `- ${limit}`);
  return [setting(record), table, 'What these figures do not show:', bullets.join('\n')].join('\n\n');
}

/** Names the cases that the run left out, so that the table is not taken for all there is. */
function notRun({ cases }: BenchRecord): string[] {
  const ran = new Set(cases.map(({ name }) => name));
  const missing = allCases.filter(({ name }) => !ran.has(name)).map(({ name }) => `\`${name}\``);
  return missing.length === 0 ? [] : [`Cases that this run left out: ${missing.join(', ')}.`];
}

function rowsOf({ name, unit, contenders }: CaseRecord): string[][] {
  const rateOf = ({ rate, reason }: ContenderRecord) =>
    rate ? `${formatRate(rate.median)} ${unit}/s` : `not run: ${reason ?? 'unknown'}`;
  const [ours, ...others] = contenders as [ContenderRecord, ...ContenderRecord[]];
  const alone = others.length === 0 || ours.rateAtLeast !== undefined;
  const rows = others.map((other) => {
    const { ratio } = other;
    const faster = ratio ? `${formatRatio(ratio.median)} ${formatSpread(ratio)}` : '';
    return [rateOf(ours), `${other.name}, ${rateOf(other)}`, faster, goalInWords(other)];
  });
  const all = alone ? [[rateOf(ours), '', '', goalInWords(ours)], ...rows] : rows;
  return all.map((row, i) => [i === 0 ? `\`${name}\`` : '', ...row]);
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

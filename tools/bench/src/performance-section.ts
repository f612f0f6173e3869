import { allCases } from './cases/all-cases.ts';
import { formatRate, formatRatio, formatSpread } from './format.ts';
import { error } from './error.ts';
import type { BenchRecord, CaseRecord, ContenderRecord } from './record.ts';
import { limits, setting } from './setting.ts';
import { goalInWords } from './table.ts';

const BEGIN = '<!-- performance -->';
const END = '<!-- /performance -->';

/** `readme` with the block between the markers written anew. Throws `bench/no-markers`. */
export function withPerformance(readme: string, record: BenchRecord): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) {
    throw error('no-markers', { subject: 'README', rule: `must hold ${BEGIN} and, after it, ${END}` });
  }
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${performanceSection(record)}\n\n${readme.slice(end)}`;
}

/** The results as Markdown: a line for each comparison, and for ours where it has a goal of its own or ran alone. */
export function performanceSection(record: BenchRecord): string {
  const table = markdownTable(
    ['case', 'ours', 'against', 'ours is faster', 'goal'],
    record.cases.flatMap(rowsOf),
  );
  const bullets = [...limits(record), ...notRun(record)].map((limit) => `- ${limit}`);
  return [setting(record), table, 'What these figures do not show:', bullets.join('\n')].join('\n\n');
}

/** A run that left cases out says which, so that nobody takes the table for all there is. */
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

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

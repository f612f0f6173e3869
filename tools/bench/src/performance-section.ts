import { formatRate, formatRatio, formatSpread } from './format.ts';
import { error } from './error.ts';
import type { BenchRecord } from './record.ts';
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

/** The results as Markdown, as prettier would have it but for the width of the columns. */
export function performanceSection(record: BenchRecord): string {
  const rows = record.cases.flatMap(({ name, unit, contenders }) =>
    contenders.map((contender, i) => {
      const { name: who, rate, ratio, reason } = contender;
      return [
        i === 0 ? `\`${name}\`` : '',
        who,
        rate ? `${formatRate(rate.median)} ${unit}/s` : `not run: ${reason ?? 'unknown'}`,
        ratio ? `${formatRatio(ratio.median)} ${formatSpread(ratio)}` : '',
        goalInWords(contender),
      ];
    }),
  );
  return [
    setting(record),
    markdownTable(['case', 'contender', 'rate', 'its time over ours', 'goal'], rows),
    `What these figures do not show:\n\n${limits(record)
      .map((limit) => `- ${limit}`)
      .join('\n')}`,
  ].join('\n\n');
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

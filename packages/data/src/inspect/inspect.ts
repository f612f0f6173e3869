import { checkOptions } from '@ttrec/core/options';
import type { Cells } from '../cells/cells.ts';
import type { CellFault } from '../columns/cell.ts';
import { timeIn } from '../cells/time.ts';
import type { DataConfig } from '../config/data-config.ts';
import type { OpenOptions } from '../config/open-options.ts';
import type { TableConfig } from '../config/table.ts';
import { error } from '../error.ts';
import { readCriteoRows } from '../criteo/lines/read-rows.ts';
import { BadLines } from '../read/bad-lines.ts';
import { byteReader } from '../read/read-files.ts';
import { readRecords } from '../records/read-records.ts';
import { duplicateColumn, unknownColumn } from '../table/header.ts';
import { ColumnStats, type ColumnSummary, type ColumnType } from './column-stats.ts';
import { guessLabel, labelOf, type LabelGuess } from './guess-label.ts';
import { isFleeting, isLeak, labelsOf } from './leaks.ts';
import { propose, type Choice } from './propose.ts';
import { recognise, type RecognisedFile } from './recognise.ts';
import { roleOf, type ColumnRole } from './roles.ts';

/** What a column holds, and what it is proposed for. */
export interface InspectedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Different values; at least so many if `isDistinctExact` is false. */
  readonly distinct: number;
  readonly isDistinctExact: boolean;
  readonly missing: number;
  /** The most frequent values. */
  readonly examples: readonly string[];
  readonly role: ColumnRole['role'];
  readonly why: string;
}

export interface Inspection {
  readonly format: RecognisedFile['format'];
  /** Rows that were read: of a long Criteo log, the first 2^18. */
  readonly rows: number;
  readonly badLines: { readonly count: number };
  readonly columns: readonly InspectedColumn[];
  /** A config of `openDataset`; undefined if the label has to be named first. */
  readonly config: DataConfig | undefined;
  /** The choices of the config, and why. */
  readonly choices: readonly Choice[];
  /** If there is no config: the columns that may be the label. */
  readonly candidates: readonly string[];
  /** Label leaks, constant columns, ids that are nearly unique. */
  readonly warnings: readonly string[];
}

export interface InspectOptions extends Pick<OpenOptions, 'files' | 'onProgress'> {
  /** The column of the label, where it cannot be guessed. */
  readonly label?: string | undefined;
  /** Most rows that are read; all by default. */
  readonly rows?: number | undefined;
  /** Of CSV, instead of the one that is recognised. */
  readonly delimiter?: string | undefined;
}

/**
 * Reads a file of rows and proposes a config for it. The format is recognised by the first bytes. Holds at most 2^20 values a column.
 *
 * @throws as reading does; `data/duplicate-column`, `data/unknown-column`, `data/bad-label` for a label with one value or with too many; `data/unknown-option`
 */
export async function inspect(path: string, options: InspectOptions = {}): Promise<Inspection> {
  checkOptions(error, 'inspect', options, {
    label: 'string',
    rows: 'any',
    delimiter: 'string',
    files: 'any',
    onProgress: 'any',
  });
  const { files, label, delimiter } = options;
  const found = await recognise(path, byteReader(files));
  const file = found.format === 'csv' && delimiter !== undefined ? { ...found, delimiter } : found;
  if (file.format === 'criteo') return criteo(file.path, files ? 0 : await countedRows(file.path, options));
  const badLines = new BadLines('skip');
  const columns = await summaries(file, options, badLines);
  const guess = label === undefined ? guessLabel(columns) : namedLabel(label, columns, path);
  const isKnown = 'label' in guess;
  const labels = isKnown ? labelsOf(guess.label, columns) : undefined;
  const labelColumn = isKnown && 'column' in guess.label ? guess.label.column : undefined;
  const roles = columns.map((column) => ({ column, role: roleIn(column, { labelColumn, labels }) }));
  const inputs = withoutFleeting(roles);
  const proposal = isKnown ? propose(file, guess.label, guess.why, inputs) : undefined;
  return {
    format: file.format,
    rows: columns[0]?.rows ?? 0,
    badLines: { count: badLines.count },
    columns: inputs.map(({ column, role }) => {
      const { name, type, distinct, isDistinctExact, missing, examples } = column;
      return { name, type, distinct, isDistinctExact, missing, examples, role: role.role, why: role.why };
    }),
    config: proposal?.config,
    choices: proposal?.choices ?? [],
    candidates: isKnown ? [] : guess.candidates,
    warnings: inputs.flatMap(({ column, role }) =>
      role.isWarning ? `${column.name}: ${role.why}; left out` : [],
    ),
  };
}

function roleIn(
  column: ColumnSummary,
  {
    labelColumn,
    labels,
  }: {
    readonly labelColumn: string | undefined;
    readonly labels: readonly (number | undefined)[] | undefined;
  },
): ColumnRole {
  if (column.name === labelColumn) return { role: 'label', why: 'the label' };
  if (labels && isLeak(column, labels)) return { role: 'skip', why: 'gives the label away', isWarning: true };
  return roleOf(column);
}

/** With a split by time, ids that do not come again are left out. */
function withoutFleeting(inputs: readonly { column: ColumnSummary; role: ColumnRole }[]) {
  const time = inputs.find(({ role }) => role.role === 'time')?.column;
  if (time === undefined) return inputs;
  const times = time.codes.map((code) => timeIn(time.textAt(code) ?? '') ?? 0);
  return inputs.map(({ column, role }) => {
    if (role.role !== 'feature' || !isFleeting(column, times)) return { column, role };
    const why = `its values do not come again: nearly all of the latest rows have new ones`;
    return { column, role: { role: 'skip' as const, why, isWarning: true } };
  });
}

function namedLabel(name: string, columns: readonly ColumnSummary[], path: string): LabelGuess {
  const column = columns.find((each) => each.name === name);
  if (column === undefined)
    throw unknownColumn(
      name,
      columns.map((each) => each.name),
      path,
    );
  const guess = labelOf(column);
  if (guess) return guess;
  throw error('bad-label', {
    subject: `${path}, column ${name}`,
    rule: 'a label must have two values, or at most 100 numbers',
    got: `${column.distinct} ${column.type === 'text' ? 'texts' : 'values'}`,
  });
}

async function summaries(
  file: RecognisedFile,
  options: InspectOptions,
  badLines: BadLines,
): Promise<ColumnSummary[]> {
  const { files, onProgress, rows = Infinity } = options;
  const stats: ColumnStats[] = [];
  const handler = {
    header(names: readonly string[]) {
      const repeated = names.find((name, at) => names.indexOf(name) !== at);
      if (repeated !== undefined) throw duplicateColumn(repeated, file.path);
      stats.push(...names.map((name) => new ColumnStats(name)));
      return names.keys();
    },
    record(cells: Cells) {
      if (stats[0]!.rows >= rows) return;
      for (let at = 0; at < stats.length; at++) stats[at]!.add(cells, at);
    },
    unwritable({ column }: CellFault) {
      const found = stats.find(({ name }) => name === column);
      if (found) found.objects++;
      return found !== undefined;
    },
    fault: () => undefined,
  };
  // What is read for makes no difference to how it is read.
  const config = { quote: '"', ...file } as unknown as TableConfig;
  const source = { config, wanted: [], files, rows: undefined };
  const pieces = readRecords(source, handler, badLines, {
    phase: 'inspect',
    onProgress,
    read: byteReader(files),
  });
  while ((await pieces.next()).done !== true && (stats[0]?.rows ?? 0) < rows);
  await pieces.return(undefined);
  return stats.map((each) => each.finish());
}

/** Most rows of a Criteo log that are counted: it is known to be long then. */
const MAX_COUNTED = 2 ** 18;

async function countedRows(path: string, { rows: most = MAX_COUNTED }: InspectOptions): Promise<number> {
  let rows = 0;
  const progress = { bytesRead: 0, totalBytes: 0 };
  for await (const block of readCriteoRows(path, new BadLines('skip'), progress)) {
    rows += block.length;
    if (rows >= Math.min(most, MAX_COUNTED)) break;
  }
  return rows;
}

function criteo(path: string, rows: number): Inspection {
  const config: DataConfig = {
    format: 'criteo',
    path,
    ids: { kind: 'vocabulary', minCount: 2 },
    split: { by: 'random', validation: 0.1, test: 0.1 },
    onBadLine: 'skip',
  };
  const choices = [
    { at: 'format', why: 'the columns of a Criteo log: a label, 13 integers, 26 hexadecimal values' },
    { at: 'ids', why: 'values seen once share a row, which new values get too' },
  ];
  return {
    format: 'criteo',
    rows,
    badLines: { count: 0 },
    columns: [],
    config,
    choices,
    candidates: [],
    warnings: [],
  };
}

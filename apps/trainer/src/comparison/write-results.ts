import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@ttrec/tensor-files';
import type { ComparisonResults } from '@ttrec/training/compare';
import { readJsonFile, writeJson } from '@ttrec/training/run-folder';
import { asCsv, asLatex } from './table-files.ts';

/** The files of a comparison's results, by what they hold. */
export interface ResultFiles {
  readonly json: string;
  readonly csv: string;
  readonly latex: string;
  readonly page: string;
}

/** What was written into a folder before; undefined if nothing was. */
export async function readResults(folder: string): Promise<ComparisonResults | undefined> {
  const { json } = filesIn(folder);
  return existsSync(json) ? ((await readJsonFile(json)) as ComparisonResults) : undefined;
}

export async function writeResults(folder: string, results: ComparisonResults): Promise<ResultFiles> {
  const { renderComparison } = await import('../report/comparison/render-comparison.ts');
  const files = filesIn(folder);
  const text = (path: string, content: string) =>
    writeFileAtomic(path, [new TextEncoder().encode(`${content}\n`)]);
  await writeJson(files.json, results);
  await text(files.csv, asCsv(results));
  await text(files.latex, asLatex(results));
  await text(files.page, renderComparison(results));
  return files;
}

function filesIn(folder: string): ResultFiles {
  return {
    json: join(folder, 'results.json'),
    csv: join(folder, 'results.csv'),
    latex: join(folder, 'results.tex'),
    page: join(folder, 'report.html'),
  };
}

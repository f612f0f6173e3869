/** For trained tables: to store one in another way, and as a file of its own. */
export type { CompressProgress } from './compress/compress-progress.ts';
export { compressTable, type CompressedTable, type CompressOptions } from './compress/compress-table.ts';
export type { FineTuneOptions, FineTuneReport } from './compress/fine-tune.ts';
export type { ReconstructionReport, RowsError } from './compress/reconstruction-report.ts';
export { loadTable, tableFileContent, type TableFile, type TableFileContent } from './compress/table-file.ts';

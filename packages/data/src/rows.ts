/** The raw rows of a file, in blocks, for an encoder. */
export {
  readRows,
  type ReadRowsOptions,
  type RowBlock,
  type RowBlocks,
  type RowFile,
} from './records/read-rows.ts';
export type { Files } from './read/read-files.ts';

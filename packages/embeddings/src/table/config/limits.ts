/** Tables inside one another: deeper configs are refused. */
export const MAX_DEPTH = 32;

/** Tables that one config may stand for: 16 hashes inside 16 hashes are 256. */
export const MAX_TABLES = 2 ** 16;

/** Ids are uint32. */
export const MAX_EMBEDDINGS = 2 ** 32;

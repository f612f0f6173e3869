/** TT-cores of a table. More than a 32-bit id has binary digits would be cores of one row. */
export const MAX_CORES = 32;

/** TT-rank. One core slice between two such ranks has 4·10^9 numbers for each column, more than a buffer holds. */
export const MAX_RANK = 65536;

/** Buckets of a hash, as many as there are 32-bit hashes. */
export const MAX_BUCKETS = 2 ** 32;

/** Buckets that one id may have, or tables that it may be looked up in. */
export const MAX_PROBES = 16;

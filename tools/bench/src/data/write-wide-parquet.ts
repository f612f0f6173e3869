/**
 * Writes a Parquet file of clicks in the shape of the Criteo logs: a label, 13 numbers of which some are missing, 26 columns of ids of which six are texts. Ids are skewed:
 * id k of n has a share of about (k + 1)^(1/3) - k^(1/3). The label depends on two numbers and two ids. The same arguments write the same rows.
 *
 *   node --conditions=@ttrec/source tools/bench/src/data/write-wide-parquet.ts FILE [ROWS, 20000000]
 */
import { DuckDBInstance } from '@duckdb/node-api';

/** Of the 26 columns of ids; those of the Kaggle log, the largest of them as they are. */
const wideCardinalities = [
  1460, 583, 5_000_000, 2_202_608, 305, 24, 12_517, 633, 3, 93_145, 5683, 4_000_000, 3194, 27, 14_992,
  2_461_306, 10, 5652, 2173, 4, 3_046_547, 18, 15, 286_181, 105, 142_572,
];
/** Columns of ids that are texts. */
const texts = new Set([2, 6, 9, 13, 20, 25]);

/** The column names are `label`, `I1` … `I13` and `C1` … `C26`. */
async function writeWideParquet(path: string, rows: number): Promise<void> {
  const uniform = (column: number) => `(hash(i * 64 + ${column}) / 18446744073709551616.0)`;
  const numbers = Array.from({ length: 13 }, (_, c) => {
    const value = `floor(pow(${uniform(c)}, ${2 + (c % 4)}) * ${10 ** (1 + (c % 5))})::INTEGER`;
    return `case when ${uniform(40 + c)} < ${c % 3 === 0 ? 0.2 : 0} then null else ${value} end as I${c + 1}`;
  });
  const ids = wideCardinalities.map((cardinality, c) => {
    const id = `floor(pow(${uniform(13 + c)}, 3) * ${cardinality})::INTEGER`;
    return `${texts.has(c) ? `printf('%08x', ${id})` : id} as C${c + 1}`;
  });
  const logit = `2 * ${uniform(0)} - ${uniform(1)} + 3 * (${uniform(13)} - 0.5) * (${uniform(16)} - 0.5) - 1.5`;
  const label = `(${uniform(63)} < 1 / (1 + exp(-(${logit}))))::INTEGER as label`;
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    await connection.run(
      `copy (select ${[label, ...numbers, ...ids].join(', ')} from range(${rows}) t(i)) to '${path.replaceAll("'", "''")}' (format parquet)`,
    );
  } finally {
    connection.disconnectSync();
  }
}

const [path, rows = '20000000'] = process.argv.slice(2);
if (path === undefined) throw new Error('Give the path of the file to write.');
await writeWideParquet(path, Number(rows));

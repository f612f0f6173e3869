import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Measurement, Measurer, Trial } from '@ttrec/planner/measure';
import { error } from '../../error.ts';
import { JsonLinesWriter, readJsonLines } from '@ttrec/training/checkpoints';

/** A measurer that keeps what it measures in a file, and measures nothing twice. */
interface CachedMeasurer {
  readonly measure: Measurer;
  close(): Promise<void>;
}

/** A line of the file. */
interface Line {
  /** Identifies rows, model, training, tables, seed and share. */
  readonly key: string;
  readonly candidate: string;
  readonly seed: number;
  readonly share: number;
  readonly loss: number;
  readonly seconds: number;
  readonly scoring?: number | undefined;
  /** `Measurement.rows`, float32 in base64, little-endian. */
  readonly rows: string;
}

/**
 * @param options.about all that results depend on beside the trial, as JSON
 * @throws `trainer/not-measurements` for another file; what reading and writing throw
 */
export async function cachedMeasurer(
  measure: Measurer,
  { path, about }: { readonly path: string | undefined; readonly about: object },
): Promise<CachedMeasurer> {
  if (path === undefined) return { measure, close: async () => undefined };
  const file = resolve(path);
  const known = new Map<string, Line>();
  if (existsSync(file)) {
    for await (const line of readJsonLines(file)) known.set(lineOfFile(file, line).key, line as Line);
  }
  const writer = await JsonLinesWriter.open(file);
  return {
    async measure(trial) {
      const key = keyOf(trial, about);
      const found = known.get(key);
      if (found !== undefined) return measurementOf(found);
      const measured = await measure(trial);
      if (measured !== undefined) await writer.append(lineOf(key, trial, measured));
      return measured;
    },
    close: () => writer.close(),
  };
}

/** @throws `trainer/not-measurements` */
function lineOfFile(file: string, line: unknown): Line {
  const { key, loss, seconds, rows } = Object(line) as Partial<Record<string, unknown>>;
  const isOne = typeof key === 'string' && typeof rows === 'string' && [loss, seconds].every(Number.isFinite);
  if (isOne) return line as Line;
  throw error('not-measurements', {
    subject: file,
    rule: 'must hold measurements of "ttrec plan"',
    got: line,
    hint: 'Name a new file, or one that --measurements has written.',
  });
}

function keyOf({ candidate, seed, share }: Trial, about: object): string {
  const tables = candidate.tables.map(({ name, config }) => [name, config]);
  return createHash('sha256')
    .update(JSON.stringify([about, tables, seed, share]))
    .digest('hex')
    .slice(0, 32);
}

function lineOf(key: string, { candidate, seed, share }: Trial, measured: Measurement): Line {
  const { loss, rows, seconds, scoring } = measured;
  const bytes = Buffer.alloc(4 * rows.length);
  rows.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
  return {
    key,
    candidate: candidate.name,
    seed,
    share,
    loss,
    seconds,
    scoring,
    rows: bytes.toString('base64'),
  };
}

function measurementOf({ loss, seconds, scoring, rows }: Line): Measurement {
  const bytes = Buffer.from(rows, 'base64');
  return {
    loss,
    seconds,
    scoring,
    rows: Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
  };
}

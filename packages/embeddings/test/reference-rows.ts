import type { Pooling } from '@ttrec/backend';
import type { Bags, TableConfig } from '@ttrec/embeddings';
import { permutedPlaces } from '../src/kinds/permuted.ts';

type RowReader = (id: number) => ArrayLike<number>;

/** A parameter, or a tensor that a table keeps on the host. */
interface Numbers {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A parameter in float64, which a reference may change. */
export interface Values extends Numbers {
  readonly data: Float64Array;
}

/**
 * The rows of the table that a config and its numbers describe, in float64, without any kernel.
 * @param cols those of codes that are packed across rows
 * @param numEmbeddings of a table of permuted ids
 */
export function referenceRows(
  config: TableConfig,
  parameters: readonly Numbers[],
  cols = 1,
  numEmbeddings = 0,
): RowReader {
  switch (config.kind) {
    case 'dense': {
      const { shape, data } = parameters[0]!;
      return rowsOf(data, shape[1]!);
    }
    case 'tt':
      return ttRows(parameters);
    case 'hash':
      return hashedRows(
        config,
        referenceRows(
          config.into,
          parameters.filter(({ name }) => !name.startsWith('importance.')),
          cols,
        ),
        part(parameters, 'importance.'),
      );
    case 'hot-cold': {
      const hot = referenceRows(config.hotTable ?? { kind: 'dense' }, part(parameters, 'hot.'), cols);
      const cold = referenceRows(config.cold, part(parameters, 'cold.'), cols);
      return (id) => (id < config.hot ? hot(id) : cold(id - config.hot));
    }
    case 'low-rank': {
      const { bits } = config;
      const inner: TableConfig = bits === undefined ? { kind: 'dense' } : { kind: 'integers', bits };
      return projectedRows(referenceRows(inner, part(parameters, 'into.'), config.rank), parameters);
    }
    case 'mixed-dimension':
      return projectedRows(referenceRows(config.into, part(parameters, 'into.')), parameters);
    case 'pool': {
      const { chunk, seed = 0 } = config;
      const inner = referenceRows(config.into ?? { kind: 'dense' }, parameters, chunk);
      const bucket = (p: number, id: number) => Number(referenceHash(seed, p, id) % BigInt(config.buckets));
      const places = Array.from({ length: cols / chunk }, (_, p) => p);
      return (id) => places.flatMap((p) => Array.from(inner(bucket(p, id))));
    }
    case 'sum': {
      const parts = config.parts.map((inner, t) => referenceRows(inner, part(parameters, `part${t}.`), cols));
      return (id) =>
        parts.map((row) => Array.from(row(id))).reduce((a, b) => a.map((value, j) => value + b[j]!));
    }
    case 'bands': {
      const last = config.tables.length - 1;
      const rows = config.tables.map((inner, band) =>
        referenceRows(inner, part(parameters, `${'cold.'.repeat(band)}${band < last ? 'hot.' : ''}`), cols),
      );
      return (id) => {
        const band = config.edges.filter((edge) => edge <= id).length;
        return rows[band]!(id - (config.edges[band - 1] ?? 0));
      };
    }
    case 'permuted': {
      const inner = referenceRows(config.into, parameters, cols);
      const placeOf = permutedPlaces(config, numEmbeddings);
      return (id) => inner(placeOf(id));
    }
    case 'vocabulary-limit': {
      const inner = referenceRows(config.into, parameters, cols);
      return (id) => inner(Math.min(id, config.rows - 1));
    }
    case 'compositional':
      return composedRows(config, parameters, cols);
    case 'cached':
      return cachedRows(
        referenceRows(
          config.into,
          parameters.filter(({ name }) => !name.startsWith('cache.')),
          cols,
        ),
        parameters,
      );
    case 'int8':
    case 'int4':
      return integerRows(config.into, parameters);
    case 'integers':
      return config.into?.kind === 'tt'
        ? integerRows(
            config.into,
            parameters.filter(({ name }) => !name.endsWith('.rounding')),
          )
        : codedRows({ bits: config.bits ?? 8, cols }, parameters);
    default:
      throw new Error(`no reference for a table of kind ${JSON.stringify(config)}`);
  }
}

/** [B, D] in float64: each bag's weighted sum, or mean. */
export function referencePool(rowOf: RowReader, bags: Bags, pooling: Pooling, dim: number): Float64Array {
  const { indices, offsets, perSampleWeights } = bags;
  const out = new Float64Array((offsets.length - 1) * dim);
  for (let b = 0; b + 1 < offsets.length; b++) {
    const [start, end] = [offsets[b]!, offsets[b + 1]!];
    for (let l = start; l < end; l++) {
      const weight = pooling === 'mean' ? 1 / (end - start) : (perSampleWeights?.[l] ?? 1);
      const values = rowOf(indices[l]!);
      for (let j = 0; j < dim; j++) out[b * dim + j]! += weight * values[j]!;
    }
  }
  return out;
}

/** The rows that are in the cache, and those of the table behind it. */
function cachedRows(inner: RowReader, parameters: readonly Numbers[]): RowReader {
  const { shape, data } = named(parameters, 'cache.weight');
  const cache = rowsOf(data, shape[1]!);
  const ids = Array.from(named(parameters, 'cache.ids').data).slice(
    0,
    named(parameters, 'cache.used').data[0],
  );
  return (id) => (ids.includes(id) ? cache(ids.indexOf(id)) : inner(id));
}

/** Each integer times the step of its row, or of its slice of a core. */
function integerRows(inner: TableConfig, tensors: readonly Numbers[]): RowReader {
  const floats = tensors.flatMap(({ name, shape, data }): Numbers[] => {
    if (name.endsWith('.scale')) return [];
    const integers = data instanceof Uint8Array ? Array.from(data).flatMap(halves) : Array.from(data);
    const steps = named(tensors, `${name}.scale`).data;
    const width = integers.length / steps.length;
    const values = integers.map((integer, at) => integer * steps[Math.floor(at / width)]!);
    return [{ name, shape: shape.length === 2 ? [shape[0]!, width] : shape, data: values }];
  });
  return referenceRows(inner, floats);
}

/** Codes of one step, without gaps, of 8, 4 or 2 bits: binary digits, in two's complement, the first code in the lowest. */
function codedRows(
  { bits, cols }: { readonly bits: number; readonly cols: number },
  tensors: readonly Numbers[],
): RowReader {
  const { data } = named(tensors, 'weight');
  const [step] = Array.from(named(tensors, 'weight.scale').data) as [number];
  const levels = Array.from(data).flatMap((byte) => {
    const digits = (byte < 0 ? byte + 256 : byte).toString(2).padStart(8, '0');
    return Array.from({ length: 8 / bits }, (_, slot) => {
      const own = digits.slice(8 - bits * (slot + 1), 8 - bits * slot);
      const code = Number.parseInt(own, 2) - (own.startsWith('1') ? 2 ** bits : 0);
      return (bits === 2 ? code + 0.5 : code) * step;
    });
  });
  return (id) => levels.slice(id * cols, (id + 1) * cols);
}

/** Four bits each, the low ones first; 8 to 15 stand for -8 to -1. */
function halves(byte: number): number[] {
  return [byte % 16, Math.floor(byte / 16)].map((half) => (half < 8 ? half : half - 16));
}

function named(numbers: readonly Numbers[], name: string): Numbers {
  return numbers.find((each) => each.name === name)!;
}

/** The parameters of a table inside, under the names that they have there. */
function part(parameters: readonly Numbers[], prefix: string): Numbers[] {
  return parameters.flatMap((values) =>
    values.name.startsWith(prefix) ? [{ ...values, name: values.name.slice(prefix.length) }] : [],
  );
}

function hashedRows(
  config: Extract<TableConfig, { kind: 'hash' }>,
  inner: RowReader,
  [importance]: readonly Numbers[],
): RowReader {
  const { probes = 1, signs = false, seed = 0, buckets } = config;
  const bucket = (p: number, id: number) => {
    const hash = config.function === 'modulo' ? BigInt(id) : referenceHash(seed, p, id);
    return Number(hash % BigInt(buckets));
  };
  if (probes === 1 && !signs) return (id) => inner(bucket(0, id));
  return (id) => {
    const rows = Array.from({ length: probes }, (_, p) => {
      const sign = signs && referenceHash(seed, 16 + p, id) >> 31n === 1n ? -1 : 1;
      const place = importance && Number(referenceHash(seed, 32, id) % BigInt(importance.shape[0]!));
      const factor = importance ? importance.data[place! * probes + p]! : sign / Math.sqrt(probes);
      return Array.from(inner(bucket(p, id)), (value) => factor * value);
    });
    return rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0));
  };
}

function projectedRows(inner: RowReader, parameters: readonly Numbers[]): RowReader {
  const { shape, data } = named(parameters, 'projection');
  const [dim, cols] = shape as [number, number];
  return (id) => {
    const row = inner(id);
    return Array.from({ length: cols }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < dim; i++) sum += row[i]! * data[i * cols + j]!;
      return sum;
    });
  };
}

function composedRows(
  config: Extract<TableConfig, { kind: 'compositional' }>,
  parameters: readonly Numbers[],
  cols: number,
): RowReader {
  const buckets = BigInt(config.buckets);
  const parts =
    config.method === 'quotient-remainder'
      ? [
          { name: 'quotient.', place: (id: number) => BigInt(id) / buckets },
          { name: 'remainder.', place: (id: number) => BigInt(id) % buckets },
        ]
      : Array.from({ length: config.hashes ?? 2 }, (_, t) => ({
          name: `hash${t}.`,
          place: (id: number) => referenceHash(config.seed ?? 0, t, id) % buckets,
        }));
  const inner = config.into ?? { kind: 'dense' };
  const readers = parts.map(({ name, place }) => {
    const rows = referenceRows(inner, part(parameters, name), cols);
    return (id: number) => Array.from(rows(Number(place(id))));
  });
  return (id) => {
    const rows = readers.map((read) => read(id));
    if (config.combine === 'concatenate') return rows.flat();
    const [first, ...others] = rows as [number[], ...number[][]];
    return first.map((value, j) =>
      others.reduce((all, row) => (config.combine === 'sum' ? all + row[j]! : all * row[j]!), value),
    );
  };
}

/** The `index`-th hash of a seed: MurmurHash3's 32-bit finaliser over exact integers. */
function referenceHash(seed: number, index: number, id: number): bigint {
  const own = times(BigInt(seed + 1), 0x9e3779b9n);
  return mix(BigInt(id) ^ (index === 0 ? own : mix((own + BigInt(index)) % 2n ** 32n)));
}

function mix(word: bigint): bigint {
  let h = times(word ^ (word >> 16n), 0x85ebca6bn);
  h = times(h ^ (h >> 13n), 0xc2b2ae35n);
  return h ^ (h >> 16n);
}

function times(a: bigint, b: bigint): bigint {
  return (a * b) % 2n ** 32n;
}

/** The chain product of the slices that the digits of an id select, the last digit changing fastest. */
function ttRows(cores: readonly Numbers[]): RowReader {
  return (id) => {
    let rest = id;
    const digits = cores.map(() => 0);
    for (let k = cores.length - 1; k >= 0; k--) {
      const factor = cores[k]!.shape[0]!;
      digits[k] = rest % factor;
      rest = Math.floor(rest / factor);
    }
    return cores.reduce<ArrayLike<number>>(
      (values, { shape, data }, k) => {
        const rank = shape[1]!;
        const width = shape[2]! * shape[3]!;
        const next = new Float64Array((values.length / rank) * width);
        for (let i = 0; i < values.length; i++) {
          const [to, from] = [Math.floor(i / rank) * width, (digits[k]! * rank + (i % rank)) * width];
          for (let j = 0; j < width; j++) next[to + j]! += values[i]! * data[from + j]!;
        }
        return next;
      },
      [1],
    );
  };
}

function rowsOf(data: ArrayLike<number>, dim: number): RowReader {
  const values = inFloat64(data);
  return (id) => values.subarray(id * dim, (id + 1) * dim);
}

function inFloat64(data: ArrayLike<number>): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

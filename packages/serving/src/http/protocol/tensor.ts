import { counted, product } from '@ttrec/core';
import { badRequest } from '../http-error.ts';

/** An input tensor of a request. */
export interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Row-major. null is a missing raw value. */
  readonly values: ArrayLike<TensorValue>;
}

export type TensorValue = number | string | boolean | null;

/** JSON numbers are doubles: integers past this one are not exact. */
const EXACT = Number.MAX_SAFE_INTEGER;
const FLOAT32_MAX = 3.4028234663852886e38;

const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
  INT64: [-EXACT, EXACT],
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  UINT64: [0, EXACT],
};

const FLOATS: Readonly<Record<string, number>> = {
  FP16: 65_504,
  FP32: FLOAT32_MAX,
  FP64: Number.MAX_VALUE,
};

export const datatypes = ['BOOL', ...Object.keys(INTEGERS), ...Object.keys(FLOATS), 'BYTES'];

/** The elements of `data`, flat or nested by `shape`, each checked against the datatype. @throws HttpError */
export function tensorOf(
  name: string,
  datatype: string,
  shape: readonly number[],
  data: readonly unknown[],
): Tensor {
  const flat = Array.isArray(data[0]) ? flattened(name, shape, data) : data;
  requireCount(name, shape, flat.length);
  const rule = elementFault(datatype);
  for (let i = 0; i < flat.length; i++) {
    const words = rule(flat[i]);
    if (words !== undefined) throw badRequest(`input "${name}", data[${i}]`, words, { got: flat[i] });
  }
  return { name, datatype, shape, values: flat as TensorValue[] };
}

export function requireCount(name: string, shape: readonly number[], got: number): void {
  const count = product(shape);
  if (got === count) return;
  throw badRequest(
    `input "${name}", data`,
    `must have ${counted(count, 'element')}, for shape [${shape.join(', ')}]`,
    {
      got,
    },
  );
}

function flattened(name: string, shape: readonly number[], data: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  const visit = (level: unknown, depth: number): void => {
    if (!Array.isArray(level) || level.length !== shape[depth]) {
      const rule = `must be flat or nested as shape [${shape.join(', ')}]`;
      throw badRequest(`input "${name}", data`, rule, {
        got: Array.isArray(level) ? `a list of ${level.length}` : level,
      });
    }
    if (depth === shape.length - 1) for (const element of level) out.push(element);
    else for (const inner of level) visit(inner, depth + 1);
  };
  visit(data, 0);
  return out;
}

/** Says what is wrong with an element of a datatype. */
function elementFault(datatype: string): (value: unknown) => string | undefined {
  const integers = INTEGERS[datatype];
  if (integers) {
    const [least, most] = integers;
    const words = `must be an integer from ${least} to ${most}${most === EXACT ? ', the largest exact one in JSON' : ''}`;
    return (value) =>
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most ? undefined : words;
  }
  const limit = FLOATS[datatype];
  if (limit !== undefined) {
    const words = `must be a number that fits ${datatype}`;
    return (value) =>
      value === null || (typeof value === 'number' && Math.abs(value) <= limit) ? undefined : words;
  }
  if (datatype === 'BOOL')
    return (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
  return (value) => (value === null || typeof value === 'string' ? undefined : 'must be a string');
}

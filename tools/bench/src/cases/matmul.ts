import { wholeBlock, type Backend, type Block } from '@ttrec/backend';
import { createCpuBackend } from '@ttrec/backend-cpu';
import { fillNormal, RandomStream } from '@ttrec/core';
import { compare } from '../check.ts';
import type { BenchCase, OwnContender, Workload } from '../contender.ts';
import { BEST, type EngineName, type Models } from '../models.ts';

const SIZE = 512;
/** 32 products of three megabytes: more than the caches of one core. */
const PRODUCTS = 32;

interface Product {
  readonly a: Block;
  readonly b: Block;
  readonly out: Block;
}

export const matmulCases: readonly BenchCase[] = [
  {
    name: `matmul/${SIZE}`,
    what: `C = A·B, ${SIZE} × ${SIZE} each, native code, both builds of the WebAssembly engine and the plain TypeScript one.`,
    unit: 'GFLOP',
    unitsPerStep: (2 * SIZE ** 3) / 1e9,
    contenders: [
      contender(BEST, BEST === 'native' ? 100 : 35),
      ...(BEST === 'native' ? [contender('relaxed', 35)] : []),
      contender('strict', 28),
      { kind: 'own', name: 'ttrec cpu', engine: 'cpu', prepare: (models) => workload(models, 'cpu') },
    ],
  },
];

function contender(engine: EngineName, rateAtLeast: number): OwnContender {
  return {
    kind: 'own',
    name: `ttrec ${engine}`,
    engine,
    rateAtLeast,
    prepare: (models) => workload(models, engine),
  };
}

async function workload(models: Models, engine: EngineName): Promise<Workload> {
  const { backend, model } = await models.get(engine, `products of ${SIZE}`, products);
  return {
    engine: backend.capabilities.engine,
    check: async () => {
      if (engine === 'cpu') return undefined;
      const reference = createCpuBackend();
      const expected = await multiply(reference, products(reference, 1)[0]!);
      await reference.dispose();
      return compare([await multiply(backend, model[0]!)], [expected]);
    },
    step: (i) => {
      backend.matmul(model[i % PRODUCTS]!);
      return backend.sync();
    },
  };
}

function products(backend: Backend, count = PRODUCTS): Product[] {
  const stream = new RandomStream(1, 'bench/matmul');
  const matrix = () => {
    const buffer = backend.createBuffer({ dtype: 'float32', rows: SIZE, cols: SIZE, label: 'bench' });
    const data = new Float32Array(SIZE * SIZE);
    fillNormal(data, stream);
    backend.write(buffer, data);
    return wholeBlock(buffer);
  };
  return Array.from({ length: count }, () => ({ a: matrix(), b: matrix(), out: matrix() }));
}

function multiply(backend: Backend, product: Product): Promise<Float32Array> {
  backend.matmul(product);
  return backend.read(product.out.buffer);
}

import { readFileSync } from 'node:fs';

/** How a part of a model is trained, in the words of `python/recipe.py`. */
export interface CurveOptimizer {
  readonly torch: 'sgd' | 'adagrad' | 'adam' | 'adamw' | 'sparse-adam';
  readonly lr: number;
  readonly beta1?: number;
  readonly l2?: number;
  readonly weightDecay?: number;
}

/** A recipe: the start of its model, by the names of ttrec, and the loss of each of 200 steps in PyTorch. */
export interface CurveCase {
  readonly name: string;
  readonly tables: CurveOptimizer;
  readonly dense: CurveOptimizer;
  readonly interaction?: 'dcn' | 'fm';
  readonly wide?: boolean;
  readonly clipNorm?: number;
  /** The `ScheduleConfig` of both rates. */
  readonly schedule?: object;
  readonly start: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly losses: readonly number[];
}

export interface PytorchCurves {
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** In turn, one a step: `ids` has a list for each table. */
  readonly batches: readonly {
    readonly dense: readonly number[];
    readonly ids: readonly (readonly number[])[];
    readonly labels: readonly number[];
  }[];
  readonly cases: readonly CurveCase[];
}

/** What `python/recipe.py` wrote. */
export function pytorchCurves(): PytorchCurves {
  const file = new URL('../fixtures/recipe.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as PytorchCurves;
}

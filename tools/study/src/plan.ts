/** How much a study trains. */
export interface StudyPlan {
  readonly name: 'quick' | 'standard' | 'far' | 'several' | 'full';
  readonly budgets: readonly string[];
  readonly arms: readonly string[];
  readonly seeds: number;
  readonly trials: number;
  /** Whole trainings that the arm `measured` may take to choose its tables, a budget. */
  readonly measure: number;
  readonly regimes: readonly ('one-epoch' | 'several-epochs')[];
  /** Order of training rows; by default that of time where rows are held out by time. */
  readonly order?: 'shuffled';
  readonly training: object;
  /** Layers of the top MLP; [64, 32] by default. */
  readonly topMlp?: readonly number[];
  /** Names of its data sets; all by default. */
  readonly only?: readonly string[];
}

/** With higher rates of the MLPs some seeds ended in a constant prediction. */
const model = { batchSize: 512, learningRate: { embeddings: 0.05, dense: 0.005 } };
/** Steps of a short training. */
const STEPS = 250;

/** Two hours on two cores: the page. */
export const standard: StudyPlan = {
  name: 'standard',
  budgets: ['16x', '100x'],
  arms: [
    ...['dense', 'vocabulary', 'hash', 'product', 'product-int8', 'low-rank', 'low-rank-int4'],
    ...['tt', 'tt-permuted', 'hot-hash', 'hot-tt', 'sum', 'sum-product', 'planned', 'measured'],
  ],
  seeds: 5,
  trials: 1,
  measure: 16,
  regimes: ['one-epoch'],
  // So few steps in the order of time would be the oldest rows.
  order: 'shuffled',
  training: { ...model, steps: STEPS },
};

/** Ten minutes on two cores: fewer data sets, arms and seeds. */
export const quick: StudyPlan = {
  ...standard,
  name: 'quick',
  arms: [
    ...['dense', 'hash', 'product-int8', 'low-rank-int4', 'tt', 'tt-permuted', 'hot-hash', 'sum'],
    ...['planned', 'measured'],
  ],
  seeds: 3,
  measure: 8,
  only: ['planted', 'taobao', 'movielens', 'baby-names'],
};

/** Whole epochs of the methods for which a goal was set: at 64x and 1000x, and in 8 bits. */
export const far: StudyPlan = {
  name: 'far',
  budgets: ['64x', '1000x'],
  arms: [
    ...['dense', 'dense-int8', 'hash', 'hot-hash', 'product-int8', 'low-rank-int4'],
    ...['limited-int8', 'limited-int4', 'tt', 'sum', 'sum-product', 'planned'],
  ],
  seeds: 5,
  trials: 1,
  measure: 0,
  regimes: ['one-epoch'],
  order: 'shuffled',
  // At 0.005 the MLP was still far behind the tables after an epoch. One hidden layer ended in a constant prediction with no seed.
  topMlp: [128],
  training: { ...model, learningRate: { embeddings: 0.05, dense: 0.02 }, epochs: 1 },
  only: ['taobao'],
};

/** Several epochs, stopped on validation rows, and the controls. */
export const several: StudyPlan = {
  name: 'several',
  budgets: ['16x', '100x'],
  arms: ['dense', 'hash', 'hot-hash', 'product-int8', 'tt', 'sum', 'hash-full', 'tt-full'],
  seeds: 5,
  trials: 1,
  measure: 0,
  regimes: ['several-epochs'],
  order: 'shuffled',
  training: model,
  only: ['movielens'],
};

/** Everything: days on two cores. */
export const full: StudyPlan = {
  name: 'full',
  budgets: ['4x', '16x', '64x', '118x', '256x', '1000x'],
  arms: [
    ...['dense', 'vocabulary', 'hash', 'signed-hash', 'hash-int8', 'product', 'product-int8'],
    ...['low-rank', 'low-rank-int8', 'low-rank-int4', 'limited-int4', 'tt', 'tt-int8', 'hash-tt', 'sum'],
    ...['hot-hash', 'hot-tt', 'importance-hash', 'importance-tt', 'planned', 'measured'],
    ...['tt-permuted', 'hash-full', 'tt-full'],
  ],
  seeds: 5,
  trials: 3,
  measure: 40,
  regimes: ['one-epoch', 'several-epochs'],
  training: { ...model, epochs: 1 },
};

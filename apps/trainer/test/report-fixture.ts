import { RandomStream } from '@ttrec/core';
import type { FinalRecord, Metrics, RunRecord } from '@ttrec/training/records';
import type { ReportInput, ReportRun, ReportTable } from '../src/report/report-input.ts';

const CARDINALITIES = [
  1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10,
  5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572,
];
const DENSE_BYTES_PER_ROW = 64;
const BASE_RATE_LOG_LOSS = 0.5723;
const BEST_POSSIBLE = { logLoss: 0.4912, auc: 0.7741 };

/** What a made-up run ends at; everything else about it follows. */
interface Outcome {
  readonly name: string;
  readonly kind: string;
  /** Of each of the seven largest tables. */
  readonly largeTableBytes: (denseBytes: number) => number;
  readonly logLoss: number;
  readonly auc: number;
  readonly samplesPerSecond: number;
}

const OUTCOMES: readonly Outcome[] = [
  {
    name: 'dense',
    kind: 'dense',
    largeTableBytes: (bytes) => bytes,
    logLoss: 0.5021,
    auc: 0.7604,
    samplesPerSecond: 21450,
  },
  {
    name: 'hash',
    kind: 'hash→dense',
    largeTableBytes: () => 1_830_000,
    logLoss: 0.5188,
    auc: 0.7359,
    samplesPerSecond: 20871,
  },
  {
    name: 'tt',
    kind: 'tt',
    largeTableBytes: () => 1_812_000,
    logLoss: 0.5097,
    auc: 0.7498,
    samplesPerSecond: 6412,
  },
  {
    name: 'hash+tt',
    kind: 'hash→tt',
    largeTableBytes: () => 1_827_000,
    logLoss: 0.5079,
    auc: 0.7522,
    samplesPerSecond: 6875,
  },
];

/** Four runs over the cardinalities of Criteo Kaggle, as a comparison leaves them behind. */
export function comparison(): ReportInput {
  return {
    title: 'Criteo-shaped clicks, four kinds of tables',
    generatedAt: '2026-11-23T00:41:07.120Z',
    runs: OUTCOMES.map((outcome) => ({
      name: outcome.name,
      records: recordsOf(outcome),
      final: finalOf(outcome),
    })),
    tables: OUTCOMES.map((outcome) => ({ run: outcome.name, rows: tablesOf(outcome) })),
    config: { name: 'demo', seed: 1, data: { kind: 'synthetic' }, training: { batchSize: 128, epochs: 1 } },
  };
}

/** The comparison's dense run alone. */
export function singleRun(): ReportInput {
  const { tables, ...rest } = comparison();
  return { ...rest, title: 'dense', runs: rest.runs.slice(0, 1), tables: tables!.slice(0, 1) };
}

export function withRuns(...runs: ReportRun[]): ReportInput {
  return { title: 'runs', generatedAt: '2026-11-23T00:41:07.120Z', runs, config: {} };
}

export function finalRecord(overrides: Partial<FinalRecord> = {}): FinalRecord {
  return { ...finalOf(OUTCOMES[0]!), ...overrides };
}

export function metrics(overrides: Partial<Metrics> = {}): Metrics {
  return {
    rows: 20000,
    positives: 5120,
    logLoss: 0.5021,
    baseRateLogLoss: BASE_RATE_LOG_LOSS,
    auc: 0.7604,
    accuracy: 0.7712,
    normalizedEntropy: 0.8773,
    calibration: 1.004,
    ...overrides,
  };
}

/** 160 training records, each some noise around a power law towards the outcome, and four validations. */
function recordsOf({ name, logLoss, auc, samplesPerSecond }: Outcome): RunRecord[] {
  const noise = new RandomStream(1, `report-fixture/${name}`);
  const records: RunRecord[] = [];
  for (let step = 50; step <= 8000; step += 50) {
    const distance = (1 + step / 150) ** -0.8;
    const common = { step, epoch: 1, samples: step * 128 };
    const loss = logLoss - 0.003 + (0.57 - logLoss) * 1.3 * distance + (noise.nextUniform() - 0.5) * 0.012;
    const trainAuc = auc + 0.002 - (auc - 0.5) * distance + (noise.nextUniform() - 0.5) * 0.016;
    records.push({ type: 'train', ...common, loss, auc: trainAuc, samplesPerSecond });
    if (step % 2000 === 0) {
      const held = { logLoss: logLoss + 0.04 * distance, auc: auc - 0.1 * distance };
      records.push({ type: 'validation', ...common, metrics: metrics(held), best: true });
    }
  }
  return records;
}

function finalOf(outcome: Outcome): FinalRecord {
  const { name, logLoss, auc, samplesPerSecond } = outcome;
  const rows = tablesOf(outcome);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  const denseBytes = rows.reduce((sum, row) => sum + row.denseBytes, 0);
  const normalizedEntropy = logLoss / BASE_RATE_LOG_LOSS;
  return {
    type: 'final',
    name,
    runFolder: `runs/demo/${name}`,
    test: { ...metrics({ logLoss, auc, normalizedEntropy }), step: 8000, bestPossible: BEST_POSSIBLE },
    tables: {
      bytes,
      denseBytes,
      compression: denseBytes / bytes,
      parameters: bytes / 4,
      trainingBytes: bytes * 2,
    },
    data: {
      rows: { train: 1_024_000, validation: 20_000, test: 20_000 },
      badLines: 7,
      rowsAre: 'in memory',
      readingThread: false,
    },
    steps: 8000,
    samples: 1_024_000,
    samplesPerSecond,
    trainingSeconds: 1_024_000 / samplesPerSecond,
    backend: 'cpu',
    engine: { description: 'typescript', threads: 1, passedOver: [] },
    seed: 1,
  };
}

function tablesOf({ kind, largeTableBytes }: Outcome): ReportTable[] {
  return CARDINALITIES.map((numEmbeddings, i) => {
    const denseBytes = numEmbeddings * DENSE_BYTES_PER_ROW;
    const isLarge = numEmbeddings > 100_000;
    return {
      name: `C${i + 1}`,
      numEmbeddings,
      kind: isLarge ? kind : 'dense',
      bytes: isLarge ? largeTableBytes(denseBytes) : denseBytes,
      denseBytes,
    };
  });
}

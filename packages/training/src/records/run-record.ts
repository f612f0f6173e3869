import type { DatasetReport, NegativesReport, SplitName } from '@ttrec/data';
import type { BinaryMetrics, ProbabilityMetrics, RankingMetrics } from '@ttrec/dlrm';
import type { CacheStatistics } from '@ttrec/embeddings';

/** Lines of `metrics.jsonl`, the record of a run. */
export type RunRecord = TrainRecord | EvaluationRecord | FinalRecord;

/** The training loss since the last such record. */
export interface TrainRecord {
  readonly type: 'train';
  readonly step: number;
  readonly epoch: number;
  /** Rows trained on so far, repeats counted. */
  readonly samples: number;
  /** Mean log-loss, in nats, of the rows since the last record, each before its own update. */
  readonly loss: number;
  /** Exact AUC over the same rows; null when one class is missing. */
  readonly auc: number | null;
  readonly samplesPerSecond: number;
  /** Of the tables that have a cache, by name: what it did since the last record. */
  readonly caches?: Readonly<Record<string, CacheRecord>>;
}

export interface CacheRecord extends CacheStatistics {
  /** hits / lookups. */
  readonly hitRate: number;
}

/** Metrics on held-out rows during training. */
export interface EvaluationRecord {
  readonly type: 'validation';
  readonly step: number;
  readonly epoch: number;
  readonly samples: number;
  readonly metrics: Metrics;
  /** If the data has groups. */
  readonly ranking?: RankingRecord | undefined;
  /** Whether this is the lowest log-loss so far. */
  readonly best: boolean;
}

/** `BinaryMetrics`, with null for what is undefined (AUC with one class, say). */
export type Metrics = { readonly [Name in keyof BinaryMetrics]: BinaryMetrics[Name] | null };

/** `ProbabilityMetrics`, with null for an average precision without positives. */
export type ProbabilityRecord = Omit<ProbabilityMetrics, 'averagePrecision'> & {
  readonly averagePrecision: number | null;
};

/** `RankingMetrics` of the first `k` of each group, with null for what is undefined. */
export type RankingRecord = { readonly [Name in keyof RankingMetrics]: RankingMetrics[Name] | null } & {
  readonly k: number;
};

/** What a run came to; printed as the last line of stdout by `--json`. */
export interface FinalRecord {
  readonly type: 'final';
  readonly name: string;
  readonly runFolder: string;
  readonly test: Metrics &
    Partial<ProbabilityRecord> & {
      /** The step whose weights were tested: the best on validation, or the last. */
      readonly step: number;
      /** If the data has groups. */
      readonly ranking?: RankingRecord | undefined;
      /** Of the true probabilities, on the same rows; known for synthetic data only. */
      readonly bestPossible?: { readonly logLoss: number; readonly auc: number | null } | undefined;
    };
  readonly tables: TablesSummary;
  readonly data: DataSummary;
  readonly steps: number;
  readonly samples: number;
  /** Training rows over the seconds spent training; evaluation and reading the data for the first time left out. */
  readonly samplesPerSecond: number;
  readonly trainingSeconds: number;
  /** The backend that ran: `wasm`, `cpu`. */
  readonly backend: string;
  readonly engine: EngineSummary;
  /** Absent for a worker alone. */
  readonly workers?: WorkersSummary | undefined;
  readonly seed: number;
}

/** The workers that trained a model together. */
export interface WorkersSummary {
  readonly count: number;
  /** What carried their messages: `threads`, `Open MPI 4.1.4, started by mpirun`. */
  readonly description: string;
  /** Tables whose rows they divided among them; every worker had all others. */
  readonly shardedTables: readonly string[];
  /** Bytes that the first worker sent in a step to all others together: `mlp`, and by the kind of the tables. */
  readonly sentBytesPerStep: Readonly<Record<string, number>>;
  /** Steps that they trained together, since the run was last resumed. */
  readonly steps: number;
  /** Spent by the first worker in these steps. */
  readonly trainingSeconds: number;
  /** Of these, in messages of steps, and waiting for those of others. */
  readonly exchangeSeconds: number;
  /** Of these, in updating its copy of the model, which every worker does. Absent if batches had one shard. */
  readonly repeatedSeconds?: number | undefined;
  /** Whether the library's own reduction added up gradients: then, results may depend on the number of workers. */
  readonly fastReduce: boolean;
}

/** What was read: metrics of data that lost lines are not those of the whole. */
export interface DataSummary {
  readonly rows: Readonly<Record<SplitName, number>>;
  /** Lines that could not be read and were skipped, in all files. */
  readonly badLines: number;
  /** Where rows came from: memory, or disk a window at a time. */
  readonly rowsAre: DatasetReport['rowsAre'];
  /** Whether a separate thread read rows from disk, ahead of training. */
  readonly readingThread: boolean;
  /** How negatives were drawn, if they were; they are among the rows. */
  readonly negatives?: NegativesReport | undefined;
}

export interface TablesSummary {
  readonly bytes: number;
  readonly denseBytes: number;
  /** denseBytes / bytes. */
  readonly compression: number;
  readonly parameters: number;
  readonly trainingBytes: number;
}

/** What computed, in the backend's own words, and the backends passed over for it. */
export interface EngineSummary {
  readonly description: string;
  readonly threads: number;
  /** Why there are fewer threads than were wanted. */
  readonly threadsReason?: string;
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  /** Parameters that an engine with a device keeps on the host; absent where all memory is the host's. */
  readonly onHost?: readonly string[];
}

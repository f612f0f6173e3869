import type { CsvColumn } from '../protocol/csv.ts';
import type {
  Concern,
  DataChoice,
  DataView,
  EngineOffer,
  EngineReport,
  HeldOutPoint,
  Phase,
  RunStart,
  ThreadsChoice,
  TrainPoint,
} from '../protocol/messages.ts';
import type { Problem } from '../protocol/problem.ts';
import { defaultSettings, type Settings } from '../settings/settings.ts';

/** Earlier runs kept beside the present one, the oldest of which goes first. */
export const KEPT_RUNS = 5;

/** A run as the page knows it: what the worker said when it began, and all since. */
export interface RunView extends RunStart {
  readonly id: number;
  readonly train: readonly TrainPoint[];
  readonly heldOut: readonly HeldOutPoint[];
  readonly stepsPerSecond: number;
  readonly rowsPerSecond: number;
  readonly readRowsPerSecond: number | undefined;
  readonly engineBytes: number;
  readonly checkpoint: number | undefined;
  /** Engines before the present one, and where it was moved. */
  readonly moves: readonly { readonly step: number; readonly from: string; readonly to: string }[];
  /** The name of the file that it was loaded from. */
  readonly loaded: string | undefined;
}

export interface LostEngine {
  readonly engine: string;
  readonly problem: Problem;
  readonly checkpoint: number | undefined;
}

export interface InspectedCsv {
  readonly name: string;
  readonly columns: readonly CsvColumn[];
}

export interface ScoreView {
  readonly values: readonly string[];
  /** Of a row that was sampled. */
  readonly label: number | undefined;
  readonly truth: number | undefined;
  readonly result: { readonly probability: number; readonly step: number } | undefined;
}

export interface PageState {
  readonly settings: Settings;
  readonly data: DataChoice;
  readonly engineChoice: string;
  readonly threads: ThreadsChoice;
  readonly engines: readonly EngineOffer[];
  readonly phase: Phase;
  /** Waiting for the worker to build a run, to open a file, and so on: what it does. */
  readonly busy: string | undefined;
  readonly run: RunView | undefined;
  readonly earlier: readonly RunView[];
  readonly lost: LostEngine | undefined;
  readonly csv: InspectedCsv | undefined;
  readonly csvData: DataView | undefined;
  readonly problems: Readonly<Partial<Record<Concern, Problem | undefined>>>;
  readonly score: ScoreView;
}

export const emptyScore: ScoreView = { values: [], label: undefined, truth: undefined, result: undefined };

export const initialState: PageState = {
  settings: defaultSettings,
  data: { source: 'synthetic', largest: 200_000 },
  engineChoice: 'auto',
  threads: 1,
  engines: [],
  phase: 'idle',
  busy: undefined,
  run: undefined,
  earlier: [],
  lost: undefined,
  csv: undefined,
  csvData: undefined,
  problems: {},
  score: emptyScore,
};

/** The engine of a run, for a sentence. */
export function engineName({ name, threads }: EngineReport): string {
  return threads > 1 ? `${name}, ${threads} threads` : name;
}

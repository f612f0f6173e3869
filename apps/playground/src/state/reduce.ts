import type {
  Concern,
  DataChoice,
  EngineReport,
  FromWorker,
  Progress,
  ThreadsChoice,
} from '../protocol/messages.ts';
import type { Settings } from '../settings/settings.ts';
import { emptyScore, engineName, KEPT_RUNS, type PageState, type RunView } from './state.ts';

/** What the visitor did. */
export type UserEvent =
  | { readonly type: 'set-settings'; readonly settings: Partial<Settings> }
  | { readonly type: 'choose-data'; readonly data: DataChoice }
  | { readonly type: 'choose-engine'; readonly engine: string }
  | { readonly type: 'choose-threads'; readonly threads: ThreadsChoice }
  | { readonly type: 'asked'; readonly concern: Concern; readonly busy: string }
  | { readonly type: 'edit-row'; readonly values: readonly string[] }
  | { readonly type: 'dismiss'; readonly concern: Concern }
  | { readonly type: 'forget-run'; readonly id: number };

export type PageEvent =
  | { readonly by: 'visitor'; readonly event: UserEvent }
  | { readonly by: 'worker'; readonly event: FromWorker };

/** The state after an event. Pure: the dispatcher sends requests to the worker. */
export function reduce(state: PageState, { by, event }: PageEvent): PageState {
  return by === 'visitor' ? reduceChoice(state, event) : reduceReport(state, event);
}

function reduceChoice(state: PageState, event: UserEvent): PageState {
  switch (event.type) {
    case 'set-settings':
      return { ...state, settings: { ...state.settings, ...event.settings } };
    case 'choose-data':
      return { ...state, data: event.data };
    case 'choose-engine':
      return { ...state, engineChoice: event.engine };
    case 'choose-threads':
      return { ...state, threads: event.threads };
    case 'asked':
      return { ...withoutProblem(state, event.concern), busy: event.busy };
    case 'edit-row':
      return { ...state, score: { ...emptyScore, values: event.values } };
    case 'dismiss':
      return withoutProblem(state, event.concern);
    case 'forget-run':
      return { ...state, earlier: state.earlier.filter(({ id }) => id !== event.id) };
  }
}

function reduceReport(state: PageState, event: FromWorker): PageState {
  switch (event.type) {
    case 'engines':
      return { ...state, engines: event.engines };
    case 'started':
      return started(state, event);
    case 'progress':
      return state.run ? { ...state, run: advanced(state.run, event.progress) } : state;
    case 'phase':
      return phased(state, event);
    case 'engine':
      return state.run ? moved(state, state.run, event) : state;
    case 'lost': {
      const { engine, problem, checkpoint } = event;
      return { ...state, lost: { engine, problem, checkpoint }, busy: undefined };
    }
    case 'csv-inspected': {
      const { name, columns } = event;
      return { ...state, busy: undefined, csv: { name, columns } };
    }
    case 'csv-opened':
      return { ...state, busy: undefined, csvData: event.data, data: { source: 'csv' } };
    case 'model-saved':
      return { ...state, busy: undefined };
    case 'row': {
      const { values, label, truth } = event;
      return { ...state, busy: undefined, score: { values, label, truth, result: undefined } };
    }
    case 'scored': {
      const { probability, step } = event;
      return { ...state, busy: undefined, score: { ...state.score, result: { probability, step } } };
    }
    case 'problem':
      return { ...state, busy: undefined, problems: { ...state.problems, [event.concern]: event.problem } };
  }
}

function started(state: PageState, { run, loaded }: Extract<FromWorker, { type: 'started' }>): PageState {
  const earlier = state.run && state.run.heldOut.length > 0 ? [...state.earlier, state.run] : state.earlier;
  const id = 1 + Math.max(0, ...[...state.earlier, ...(state.run ? [state.run] : [])].map((view) => view.id));
  return {
    ...withoutProblem(state, 'run'),
    busy: undefined,
    settings: loaded === undefined ? state.settings : run.settings,
    lost: undefined,
    earlier: earlier.slice(-KEPT_RUNS),
    score: emptyScore,
    run: {
      ...run,
      id,
      loaded,
      train: [],
      heldOut: [],
      stepsPerSecond: 0,
      rowsPerSecond: 0,
      readRowsPerSecond: undefined,
      engineBytes: 0,
      checkpoint: undefined,
      moves: [],
    },
  };
}

function advanced(run: RunView, progress: Progress): RunView {
  return {
    ...run,
    ...progress,
    train: [...run.train, ...progress.train],
    heldOut: [...run.heldOut, ...progress.heldOut],
  };
}

function phased(state: PageState, { phase, target }: Extract<FromWorker, { type: 'phase' }>): PageState {
  if (phase === 'idle')
    return { ...state, phase, run: undefined, lost: undefined, score: emptyScore, busy: undefined };
  const run = state.run && target !== undefined ? { ...state.run, target } : state.run;
  return { ...state, phase, run };
}

/** From a checkpoint the curves go on where it was taken; what came after it never happened. */
function moved(
  state: PageState,
  run: RunView,
  { engine, step }: Extract<FromWorker, { type: 'engine' }>,
): PageState {
  const isSame = run.engine.name === engine.name;
  const said = (report: EngineReport) => (isSame ? engineName(report) : report.name);
  const move = { step, from: said(run.engine), to: said(engine) };
  return {
    ...withoutProblem(state, 'engine'),
    busy: undefined,
    lost: undefined,
    phase: state.phase === 'lost' ? 'paused' : state.phase,
    run: {
      ...run,
      engine,
      step,
      moves: [...run.moves, move],
      train: run.train.filter((point) => point.step <= step),
      heldOut: run.heldOut.filter((point) => point.step <= step),
    },
  };
}

function withoutProblem(state: PageState, concern: Concern): PageState {
  if (state.problems[concern] === undefined) return state;
  return { ...state, problems: { ...state.problems, [concern]: undefined } };
}

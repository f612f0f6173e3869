import type { ColumnRole } from '../protocol/csv.ts';
import type { EngineChoice, ThreadsChoice } from '../protocol/messages.ts';
import type { Kind } from '../settings/settings.ts';
import type { Store } from '../state/store.ts';
import type { PageState } from '../state/state.ts';
import type { WorkerLink } from './worker-link.ts';

/** What takes longer than to build a model. */
const waitingFor: Partial<Record<Kind, string>> = {
  planned: 'Planning the tables …',
  compressed: 'Compressing the tables …',
};

/** What the buttons do: each asks the worker for something, and notes that it was asked. */
export class Actions {
  readonly #store: Store;
  readonly #worker: WorkerLink;

  constructor(store: Store, worker: WorkerLink) {
    this.#store = store;
    this.#worker = worker;
  }

  get #state(): PageState {
    return this.#store.state;
  }

  get #engine(): EngineChoice {
    const { engineChoice: name, threads } = this.#state;
    return { name, threads };
  }

  start(): void {
    const { settings, data } = this.#state;
    this.#store.dispatch({
      type: 'asked',
      concern: 'run',
      busy: waitingFor[settings.kind] ?? 'Building the model …',
    });
    this.#worker.send({ type: 'start', settings, data, engine: this.#engine });
  }

  /** The one button: train, pause, resume, train on. */
  mainAction(): void {
    switch (this.#state.phase) {
      case 'idle':
      case 'failed': {
        this.start();
        return;
      }
      case 'running': {
        this.#worker.send({ type: 'pause' });
        return;
      }
      case 'paused': {
        this.#worker.send({ type: 'resume' });
        return;
      }
      case 'done': {
        this.#worker.send({ type: 'extend', steps: this.#state.settings.steps });
        return;
      }
      case 'lost': {
        this.switchEngine(this.#state.engineChoice);
        return;
      }
    }
  }

  reset(): void {
    this.#worker.send({ type: 'reset' });
  }

  /** Takes another engine: at once if a model is there, else for the next one. */
  switchEngine(engine: string): void {
    this.#store.dispatch({ type: 'choose-engine', engine });
    if (this.#state.run) this.#move('Moving to another engine …');
  }

  /** Takes so many threads: at once if a model is on the engine that has them, else when one is. */
  chooseThreads(threads: ThreadsChoice): void {
    this.#store.dispatch({ type: 'choose-threads', threads });
    const { run, phase } = this.#state;
    if (run?.engine.name === 'wasm' && phase !== 'lost') this.#move('Changing the threads …');
  }

  #move(busy: string): void {
    this.#store.dispatch({ type: 'asked', concern: 'engine', busy });
    this.#worker.send({ type: 'switch-engine', engine: this.#engine });
  }

  inspectCsv(file: File): void {
    this.#store.dispatch({ type: 'asked', concern: 'csv', busy: `Looking at ${file.name} …` });
    this.#worker.send({ type: 'inspect-csv', file });
  }

  openCsv(roles: readonly ColumnRole[], skipBadLines: boolean): void {
    this.#store.dispatch({ type: 'asked', concern: 'csv', busy: 'Reading the file …' });
    this.#worker.send({ type: 'open-csv', roles, skipBadLines, seed: this.#state.settings.seed });
  }

  saveModel(): void {
    this.#store.dispatch({ type: 'asked', concern: 'model', busy: 'Writing the model …' });
    this.#worker.send({ type: 'save-model' });
  }

  loadModel(file: File): void {
    this.#store.dispatch({ type: 'asked', concern: 'model', busy: `Loading ${file.name} …` });
    this.#worker.send({ type: 'load-model', file, engine: this.#engine });
  }

  sampleRow(): void {
    this.#store.dispatch({ type: 'dismiss', concern: 'score' });
    this.#worker.send({ type: 'sample-row' });
  }

  score(values: readonly string[]): void {
    this.#store.dispatch({ type: 'asked', concern: 'score', busy: 'Scoring …' });
    this.#worker.send({ type: 'score', values });
  }
}

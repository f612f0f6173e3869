/// <reference lib="webworker" />
import { z } from 'zod';
import type { Concern, FromWorker, ToWorker } from '../protocol/messages.ts';
import { problemOf } from '../protocol/problem.ts';
import { offerEngines } from './engines.ts';
import { Session } from './session.ts';

// zod would try to compile its schemas from text, which the page's policy forbids and reports.
z.config({ jitless: true });

const emit = (message: FromWorker) => {
  self.postMessage(message);
};
const session = new Session(emit);

const concerns: Readonly<Record<ToWorker['type'], Concern>> = {
  start: 'run',
  pause: 'run',
  resume: 'run',
  extend: 'run',
  reset: 'run',
  'switch-engine': 'engine',
  'inspect-csv': 'csv',
  'open-csv': 'csv',
  'save-model': 'model',
  'load-model': 'model',
  'sample-row': 'score',
  score: 'score',
};

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'start':
      return session.start(message);
    case 'pause': {
      session.pause();
      return;
    }
    case 'resume': {
      session.resume();
      return;
    }
    case 'extend':
      return session.extend(message);
    case 'reset':
      return session.reset();
    case 'switch-engine':
      return session.switchEngine(message);
    case 'sample-row':
      return session.sampleRow();
    case 'score':
      return session.score(message);
    case 'inspect-csv':
      return session.inspectCsv(message);
    case 'open-csv':
      return session.openCsv(message);
    case 'save-model':
      return session.saveModel();
    case 'load-model':
      return session.loadModel(message);
  }
}

/** One command after another; only a pause need not wait for a model that is being built. */
let queue: Promise<void> = Promise.resolve();

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  const attempt = () =>
    handle(data).catch((thrown: unknown) => {
      emit({ type: 'problem', concern: concerns[data.type], problem: problemOf(thrown) });
    });
  queue = data.type === 'pause' ? Promise.all([queue, attempt()]).then(() => undefined) : queue.then(attempt);
});

emit({ type: 'engines', engines: await offerEngines() });

/** The module of a worker that scores for a page: host it, and give the worker to `openRankerInWorker`. */
import { answerPage } from './answer-page.ts';

answerPage();

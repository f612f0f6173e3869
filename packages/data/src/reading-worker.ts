/** The script of the reading thread. It is part of the package as text, or a page hosts it. */
import { parentPort } from './streamed/reader-port.ts';
import { serveBatches } from './streamed/serve-batches.ts';

serveBatches(parentPort());

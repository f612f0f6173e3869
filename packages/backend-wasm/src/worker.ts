/** What a worker of the team runs: a script of its own, which travels inside the package as text, or which a page hosts. */
import { parentPort } from './threads/port.ts';
import { serve } from './threads/serve.ts';

serve(parentPort());

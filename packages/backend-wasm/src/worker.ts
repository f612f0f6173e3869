/** The script of a worker of the team. It is part of the package as text, or a page hosts it. */
import { parentPort } from './threads/port.ts';
import { serve } from './threads/serve.ts';

serve(parentPort());

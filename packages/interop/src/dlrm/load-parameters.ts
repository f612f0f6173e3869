import type { Backend } from '@ttrec/backend';
import type { Dlrm } from '@ttrec/dlrm';
import { nearest } from '@ttrec/errors';
import { error } from '../error.ts';
import type { DlrmState } from './read-dlrm.ts';

/**
 * Writes the numbers that were read into a model of the same config, one parameter at a time.
 * @param wanted says of a parameter, by its name, whether it is to be written; all are by default
 * @throws `interop/missing-parameter`, `interop/wrong-length`, and what reading throws; what came before is written then
 */
export async function loadParameters(
  backend: Backend,
  model: Dlrm,
  parameters: DlrmState['parameters'],
  wanted: (name: string) => boolean = () => true,
): Promise<void> {
  for (const { name, shape, weights } of model.parameters.filter((each) => wanted(each.name))) {
    const read = parameters.get(name);
    if (read === undefined) throw missing(name, parameters.keys());
    const values = await read();
    const length = shape.reduce((product, size) => product * size, 1);
    if (values.length !== length) {
      const rule = `must hold the ${length} numbers of [${shape.join(', ')}]`;
      throw error('wrong-length', { subject: `parameter "${name}"`, rule, got: values.length });
    }
    backend.write(weights, values);
  }
}

function missing(name: string, names: Iterable<string>): Error {
  const near = nearest(name, names);
  return error('missing-parameter', {
    subject: `parameter "${name}"`,
    rule: 'must have been read',
    got: 'nothing',
    ...(near === undefined ? {} : { hint: `Is it "${near}"?` }),
  });
}

import type { RawColumns } from '@ttrec/data/encoding';
import { badRequest } from '../http-error.ts';
import { listOf } from './body.ts';
import type { ModelInputs, RawCell, ScoringInput } from '../models/scoring-model.ts';

/** The rows of a `predict` request of KServe's first protocol: objects of raw values by column. @throws HttpError with status 400 */
export function instancesInput({ columns }: ModelInputs, given: unknown): ScoringInput {
  const instances = listOf(given, 'instances');
  if (instances.length === 0) throw badRequest('instances', 'must have at least one row', { got: 0 });
  const out: Record<string, RawCell[]> = {};
  for (const { name } of columns) out[name] = [];
  instances.forEach((instance, row) => {
    if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) {
      throw badRequest(`instances[${row}]`, 'must be an object of values by column', {
        got: instance,
      });
    }
    for (const { name, multiValued } of columns) {
      const place = `instances[${row}].${name}`;
      if (!Object.hasOwn(instance, name)) {
        const hint = '"" or null is a missing value.';
        throw badRequest(place, 'is missing', { got: Object.keys(instance), hint });
      }
      out[name]!.push(cellOf((instance as Record<string, unknown>)[name], multiValued, place));
    }
  });
  return { form: 'columns', size: instances.length, columns: out satisfies RawColumns };
}

function cellOf(value: unknown, multiValued: boolean, place: string): RawCell {
  if (Array.isArray(value) && multiValued) return value.map((each) => cellOf(each, false, place)) as RawCell;
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
  const rule = `must be a string, a number${multiValued ? ', a list of these' : ''} or null`;
  throw badRequest(
    place,
    typeof value === 'number' ? 'must be below 2^53, as JSON has no exact integers above' : rule,
    { got: value },
  );
}

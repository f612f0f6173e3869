import { placementOf } from '@ttrec/backend';
import { expect, test } from 'vitest';
import { createPlainBackend } from './plain-backend.ts';

const hostRows = { aboveBytes: 4000, aboveRows: 100 };

test('a table goes to the host by its bytes or its rows, and nothing else does', () => {
  expect(placementOf({ rows: 100, cols: 10 }, hostRows)).toBe('device');
  expect(placementOf({ rows: 100, cols: 11 }, hostRows)).toBe('host');
  expect(placementOf({ rows: 101, cols: 1 }, hostRows)).toBe('host');
  expect(placementOf(undefined, hostRows)).toBe('device');
  expect(placementOf({ rows: 1e9, cols: 1e3 }, undefined)).toBe('device');
});

test('a table on the host is not held to the limits of the device; its optimizer state goes with it', () => {
  const limits = { maxBufferBytes: 5000, maxTotalBytes: 1e9, maxExtent: 50 };
  const backend = createPlainBackend({ capabilities: { engine: 'none', threads: 1, ...limits, hostRows } });
  const spec = { dtype: 'float32', rows: 200, cols: 10, label: 'table/C1/weight' } as const;
  const table = { rows: 200, cols: 10 };
  expect(() => backend.createBuffer(spec)).toThrow('rows and cols must be integers from 1 to 50');
  expect(backend.createBuffer({ ...spec, table }).table).toEqual(table);
  expect(backend.createBuffer({ ...spec, cols: 1, table }).rows).toBe(200);
});

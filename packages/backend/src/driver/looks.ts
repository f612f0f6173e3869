import type { Block, DeviceBuffer } from '../buffer.ts';
import type { Looks } from './backend-of.ts';
import { readRange } from './read-range.ts';

export const looks: Looks<unknown> = (driver, requireReadable) => ({
  ...(driver.readInto && {
    readInto(out: Float32Array, buffer: DeviceBuffer, start = 0) {
      driver.readInto!(out, requireReadable({ buffer, start, length: out.length }), start);
    },
    readSync(source: DeviceBuffer | Block, start?: number, length?: number) {
      const range = readRange(source, start, length);
      const memory = requireReadable(range);
      const data = new Float32Array(range.length);
      driver.readInto!(data, memory, range.start);
      return range.packed(data);
    },
  }),
  ...(driver.allFinite && {
    allFinite(buffer: DeviceBuffer, start = 0, length = buffer.rows * buffer.cols - start) {
      return driver.allFinite!(requireReadable({ buffer, start, length }), start, length);
    },
  }),
});

import { afterEach, expect, test, vi } from 'vitest';
import { StopRequest } from '../src/run/stop-request.ts';

const variables = ['OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_RANK', 'PMI_SIZE', 'PMI_RANK'];

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test.each([
  ['of a process alone ends it', {}, 1],
  ['is left to mpirun', { OMPI_COMM_WORLD_SIZE: '2', OMPI_COMM_WORLD_RANK: '1' }, 0],
  ['is left to mpiexec', { PMI_SIZE: '2', PMI_RANK: '0' }, 0],
] as const)('a second signal, a second after the first, %s', (_, environment, exits) => {
  for (const variable of variables) vi.stubEnv(variable, undefined);
  for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value);
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const now = vi.spyOn(performance, 'now');
  const told = vi.fn();
  const others = process.listeners('SIGHUP');
  const stop = new StopRequest(told);
  const [handle] = process.listeners('SIGHUP').filter((listener) => !others.includes(listener));
  for (const at of [1000, 1400, 2001]) {
    now.mockReturnValue(at);
    expect(exit).not.toHaveBeenCalled();
    handle!('SIGHUP');
  }
  expect(stop.signal.aborted).toBe(true);
  expect(told).toHaveBeenCalledTimes(1);
  expect(exit).toHaveBeenCalledTimes(exits);
  stop.dispose();
});

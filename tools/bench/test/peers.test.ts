import { expect, test } from 'vitest';
import { findPeer, sampleIn } from '../src/run/peers.ts';
import { allCases } from '../src/cases/all-cases.ts';
import type { PeerContender } from '../src/contender.ts';
import { refusal } from './refusal.ts';

const peer: PeerContender = {
  kind: 'peer',
  name: 'torch bmm',
  script: 'peers.test.ts',
  args: [],
  line: 'torch-tt-bmm',
  needs: 'tfjs',
};

test('the line that is meant is taken among those that a peer prints', () => {
  const other = '{"peer": "torch-tt-cached", "median_s": 9, "min_s": 9, "reps": 9}';
  const meant = '{"peer": "torch-tt-bmm", "median_s": 0.02, "min_s": 0.01, "reps": 7}';
  expect(sampleIn(`loading\n${other}\n${meant}\n`, peer)).toMatchObject({
    secondsPerStep: 0.02,
    fastest: 0.01,
    steps: 7,
  });
});

test.each([
  ['nothing', ''],
  ['another line', '{"peer": "torch-tt-cached", "median_s": 1, "min_s": 1, "reps": 1}'],
  ['no time', '{"peer": "torch-tt-bmm", "median_s": 0, "min_s": 0, "reps": 1}'],
])('a peer that printed %s has failed', (_, stdout) => {
  const { code: thrown, message } = refusal(() => sampleIn(stdout, peer));
  expect(thrown).toBe('bench/peer-failed');
  expect(message).toContain('torch bmm: must print a line with peer torch-tt-bmm');
});

test('a peer that is not installed has a reason', async () => {
  const here = { folder: import.meta.dirname, env: {} };
  const reason = async (one: PeerContender, setting = here) => {
    const found = await findPeer(one, setting);
    return 'reason' in found ? found.reason : undefined;
  };
  expect(await reason({ ...peer, script: 'none.py' })).toContain(
    'there is no none.py in the folder of peers',
  );
  expect(await reason(peer)).toContain('PEERS_MODULES names no folder with @tensorflow/tfjs');
  expect(await reason({ ...peer, needs: 'onnxruntime' })).toContain('ONNX_DIR names no folder');
  const nowhere = { ...here, env: { PEERS_MODULES: import.meta.dirname, PYTHON: 'no-such-python' } };
  expect(await reason(peer, nowhere)).toContain('is not in the node_modules of PEERS_MODULES');
  expect(await reason({ ...peer, needs: 'torch' }, nowhere)).toContain(
    'no-such-python has no torch and numpy',
  );
});

test('cases have names of their own, and so have the contenders of each', () => {
  expect(new Set(allCases.map(({ name }) => name)).size).toBe(allCases.length);
  for (const { contenders } of allCases) {
    expect(new Set(contenders.map(({ name }) => name)).size).toBe(contenders.length);
  }
});

import { requireRight, type Check } from './check.ts';
import type { BenchCase, Contender } from './contender.ts';
import type { Models } from './models.ts';
import { findPeer, timePeer, type PeerSetting } from './peers.ts';
import type { CaseRecord, ContenderRecord } from './record.ts';
import { ratiosOfPairs, summarise } from './statistics.ts';
import { timeSteps, type Sample } from './timing.ts';

export interface RunSetting {
  readonly models: Models;
  readonly peers: PeerSetting;
  readonly pairs: number;
  readonly seconds: number;
  /** Told what goes on. */
  readonly onProgress: (what: string) => void;
}

/** A contender that can be timed, or why it cannot. */
interface Ready {
  readonly contender: Contender;
  readonly time?: () => Promise<Sample>;
  readonly version?: string;
  readonly check?: Check;
  reason?: string;
  readonly samples: (Sample | null)[];
}

/**
 * Prepares the contenders, checks ours against the reference, then goes around them: ours, peer, ours, peer, …
 *
 * @throws `bench/wrong-result`
 */
export async function runCase(benchCase: BenchCase, setting: RunSetting): Promise<CaseRecord> {
  const { pairs, onProgress } = setting;
  onProgress('preparing');
  const all: Ready[] = [];
  for (const contender of benchCase.contenders) all.push(await prepare(contender, setting));
  for (let pair = 1; pair <= pairs; pair++) {
    for (const ready of all) {
      if (ready.time === undefined) continue;
      onProgress(`pair ${pair} of ${pairs}, ${ready.contender.name}`);
      ready.samples.push(await sampleOf(ready, ready.time));
    }
  }
  await setting.models.endCase();
  const { name, what, unit, unitsPerStep } = benchCase;
  const contenders = all.map((ready, i) => recordOf(ready, unitsPerStep, i === 0 ? undefined : all[0]!));
  return { name, what, unit, unitsPerStep, threads: 1, contenders };
}

async function prepare(contender: Contender, { models, peers, seconds }: RunSetting): Promise<Ready> {
  if (contender.kind === 'peer') {
    const found = await findPeer(contender, peers);
    if ('reason' in found) return { contender, reason: found.reason, samples: [] };
    return { contender, ...found, time: () => timePeer(contender, peers, seconds), samples: [] };
  }
  const workload = await contender.prepare(models);
  const check = await workload.check();
  if (check) requireRight(contender.name, check);
  return {
    contender,
    version: workload.engine,
    ...(check ? { check } : {}),
    time: () => timeSteps(workload.step, seconds),
    samples: [],
  };
}

/** A peer that fails is reported and asked again in the next pair; ours may not fail. */
async function sampleOf(ready: Ready, time: () => Promise<Sample>): Promise<Sample | null> {
  if (ready.contender.kind === 'own') return time();
  try {
    return await time();
  } catch (cause) {
    ready.reason = (cause as Error).message;
    return null;
  }
}

function recordOf(ready: Ready, unitsPerStep: number, subject: Ready | undefined): ContenderRecord {
  const { contender, version, check, reason, samples } = ready;
  const { name, kind, atLeast, rateAtLeast } = contender;
  const seconds = secondsOf(ready);
  const rates = seconds.flatMap((time) => (time === null ? [] : [unitsPerStep / time]));
  const ratios = subject ? ratiosOfPairs(secondsOf(subject), seconds) : [];
  return {
    name,
    kind,
    ...(version === undefined ? {} : { version }),
    ...(reason === undefined ? {} : { reason }),
    ...(check === undefined ? {} : { check }),
    samples,
    ...(rates.length > 0 ? { rate: summarise(rates) } : {}),
    ...(ratios.length > 0 ? { ratio: summarise(ratios) } : {}),
    ...(atLeast === undefined ? {} : { atLeast }),
    ...(rateAtLeast === undefined ? {} : { rateAtLeast }),
  };
}

function secondsOf({ samples }: Ready): (number | null)[] {
  return samples.map((sample) => sample?.secondsPerStep ?? null);
}

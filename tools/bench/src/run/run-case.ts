import { requireRight, type Check } from '../check.ts';
import type { BenchCase, Contender, Workload } from '../contender.ts';
import type { Models } from '../models.ts';
import { findPeer, timePeer, type PeerSetting } from './peers.ts';
import type { CaseRecord, ContenderRecord } from '../record.ts';
import { ratiosOfPairs, secondsOf, summarise } from '../statistics.ts';
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
  readonly check?: Check | undefined;
  readonly details?: (() => Promise<string>) | undefined;
  reason?: string;
  readonly samples: (Sample | null)[];
  /** The subject's, each taken right before the one of the same place in `samples`; empty for the subject. */
  readonly ours: (Sample | null)[];
}

/**
 * Prepares the contenders, checks ours against the reference, then times them in turn: ours, peer, ours, peer, …
 *
 * @throws `bench/wrong-result`
 */
export async function runCase(benchCase: BenchCase, setting: RunSetting): Promise<CaseRecord> {
  setting.onProgress('preparing');
  const workloads: Workload[] = [];
  try {
    return await timeCase(benchCase, setting, workloads);
  } finally {
    for (const { dispose } of workloads) await dispose?.();
    await setting.models.endCase();
  }
}

/** `workloads` gets those that were prepared, also if one of them fails. */
async function timeCase(
  benchCase: BenchCase,
  setting: RunSetting,
  workloads: Workload[],
): Promise<CaseRecord> {
  const { pairs, onProgress } = setting;
  const all: Ready[] = [];
  for (const contender of benchCase.contenders) all.push(await prepare(contender, setting, workloads));
  const [subject, ...others] = all as [Ready, ...Ready[]];
  for (let pair = 1; pair <= pairs; pair++) {
    const onPart = (what: string) => onProgress(`pair ${pair} of ${pairs}, ${what}`);
    await timePair(subject, others, onPart);
  }
  const details: (string | undefined)[] = [];
  for (const ready of all) details.push(await ready.details?.());
  const { name, what, unit, unitsPerStep, threads = 1 } = benchCase;
  const contenders = all.map((ready, i) => ({ ...recordOf(ready, unitsPerStep), details: details[i] }));
  return { name, what, unit, unitsPerStep, threads, contenders };
}

async function prepare(
  contender: Contender,
  { models, peers, seconds }: RunSetting,
  workloads: Workload[],
): Promise<Ready> {
  if (contender.kind === 'peer') {
    const found = await findPeer(contender, peers);
    if ('reason' in found) return { contender, reason: found.reason, samples: [], ours: [] };
    return { contender, ...found, time: () => timePeer(contender, peers, seconds), samples: [], ours: [] };
  }
  const workload = await contender.prepare(models);
  if ('reason' in workload) return { contender, reason: workload.reason, samples: [], ours: [] };
  workloads.push(workload);
  const check = await workload.check();
  if (check) requireRight(contender.name, check);
  return {
    contender,
    version: workload.engine,
    check,
    details: workload.details,
    time: () => timeSteps(workload.step, seconds),
    samples: [],
    ours: [],
  };
}

/** The subject anew before each of the others, so that both sides of a ratio met the same machine; or alone. */
async function timePair(
  subject: Ready,
  others: readonly Ready[],
  onPart: (what: string) => void,
): Promise<void> {
  const running = others.filter(({ time }) => time !== undefined);
  if (running.length === 0) {
    onPart(subject.contender.name);
    subject.samples.push(await sampleOf(subject));
  }
  for (const other of running) {
    onPart(`${subject.contender.name}, then ${other.contender.name}`);
    const ours = await sampleOf(subject);
    subject.samples.push(ours);
    other.ours.push(ours);
    other.samples.push(await sampleOf(other));
  }
}

/** A peer that fails is reported and asked again in the next pair; ours may not fail. */
async function sampleOf(ready: Ready): Promise<Sample | null> {
  const time = ready.time!;
  if (ready.contender.kind === 'own') return time();
  try {
    return await time();
  } catch (cause) {
    ready.reason = (cause as Error).message;
    return null;
  }
}

function recordOf(ready: Ready, unitsPerStep: number): ContenderRecord {
  const { contender, version, check, reason, samples, ours } = ready;
  const { name, kind, atLeast, atMost, rateAtLeast } = contender;
  const rates = secondsOf(samples).flatMap((time) => (time === null ? [] : [unitsPerStep / time]));
  const ratios = ratiosOfPairs(secondsOf(ours), secondsOf(samples));
  return {
    name,
    kind,
    version,
    reason,
    check,
    samples,
    ours: ours.length > 0 ? ours : undefined,
    rate: rates.length > 0 ? summarise(rates) : undefined,
    ratio: ratios.length > 0 ? summarise(ratios) : undefined,
    atLeast,
    atMost,
    rateAtLeast,
  };
}

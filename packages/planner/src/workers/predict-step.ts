import { checkArgument, checkOptions } from '@ttrec/core/options';
import { error } from '../error.ts';
import { requireAmount, requireCount } from './require-count.ts';

/** A network in the alpha-beta model: a message of n bytes takes latency + n / bandwidth. */
export interface Network {
  /** Seconds. */
  readonly latency: number;
  /** Bytes a second that a worker sends and receives. */
  readonly bandwidth: number;
}

/** Line rates, and latencies that are common with TCP and, for 100GbE, RDMA; `memory`: processes of one machine. */
export const networks: Readonly<Record<string, Network>> = {
  '1GbE': { latency: 50e-6, bandwidth: 0.125e9 },
  '10GbE': { latency: 30e-6, bandwidth: 1.25e9 },
  '25GbE': { latency: 20e-6, bandwidth: 3.125e9 },
  '100GbE': { latency: 5e-6, bandwidth: 12.5e9 },
  memory: { latency: 1e-6, bandwidth: 5e9 },
};

export interface StepPrediction {
  readonly workers: number;
  /** Seconds that the worker with the most shards computes. */
  readonly computeSeconds: number;
  /** Seconds in which gradients travel. */
  readonly exchangeSeconds: number;
  /** Steps in the time of one of a worker alone. */
  readonly speedup: number;
}

/**
 * The time of a step on several workers, from that of one that computes all shards.
 *
 * Assumes equal workers, a share of the time that goes with the shards but for what is repeated, rounds of messages (each worker sends one to each of the
 * others), and no overlap of computing and sending.
 *
 * @param options.stepSeconds measured, on one worker with the same shards
 * @param options.repeatedSeconds of these, in what every worker repeats: updates of its copy of the model; 0 by default
 * @param options.sentBytes that a worker sends to all others in a step
 * @param options.rounds of messages in a step: 2 by default, for parts of the MLPs and for all else; 5 where tables are divided among the
 *   workers, for ids, rows and their gradients
 * @throws `planner/bad-option`, `planner/bad-argument`
 */
export function predictStep(
  workers: number,
  options: {
    readonly shards: number;
    readonly stepSeconds: number;
    readonly repeatedSeconds?: number | undefined;
    readonly sentBytes: number;
    readonly network: Network;
    readonly rounds?: number | undefined;
  },
): StepPrediction {
  const rules = {
    shards: 'any',
    stepSeconds: 'any',
    repeatedSeconds: 'any',
    sentBytes: 'any',
    network: 'any',
    rounds: 'any',
  } as const;
  checkOptions(error, 'predictStep', options, rules);
  const { shards, stepSeconds, repeatedSeconds = 0, sentBytes, network, rounds = 2 } = options;
  requireCount('predictStep, workers', workers);
  requireCount('predictStep, shards', shards);
  requireCount('predictStep, rounds', rounds);
  requireAmount('predictStep, stepSeconds', stepSeconds);
  requireAmount('predictStep, repeatedSeconds', repeatedSeconds);
  requireAmount('predictStep, sentBytes', sentBytes);
  checkArgument(error, 'predictStep, network', network, 'a Network', 'latency', 'bandwidth');
  requireAmount('predictStep, network, latency', network.latency);
  requireAmount('predictStep, network, bandwidth', network.bandwidth);
  const shared = Math.max(0, stepSeconds - repeatedSeconds);
  const computeSeconds = repeatedSeconds + (shared * Math.ceil(shards / workers)) / shards;
  const exchangeSeconds =
    workers === 1 ? 0 : rounds * (workers - 1) * network.latency + sentBytes / network.bandwidth;
  return {
    workers,
    computeSeconds,
    exchangeSeconds,
    speedup: stepSeconds / (computeSeconds + exchangeSeconds),
  };
}

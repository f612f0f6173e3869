import type { MeasuredCandidate, Measurement, Measurer } from './measurement.ts';
import { pairedDifference } from './row-scores.ts';
import type { WorkBudget } from './work-budget.ts';

/** The shortest trial: shorter ones say little about what a whole training comes to. */
const LEAST_SHARE = 1 / 8;
/** What is trained only to learn how long it takes. */
const PROBE_SHARE = 1 / 64;
/** A rung is at most so many times as long as the one before it. */
const RATIO = 3;
/** Parts of the budget: for the first rung, its variants included, and for those between it and the whole training. */
const FIRST_PART = 0.45;
const MIDDLE_PART = 0.25;
/** Candidates that go on because their loss falls fast, though others are ahead, and those that go on because they are ahead, at least. */
const [RISING, AHEAD] = [2, 2];
/** Candidates that are trained whole, at least and at most, and seeds of each. */
const FINALISTS = [3, 6] as const;
const SEEDS = 5;

/** One candidate and what its trials came to. */
export interface Tried {
  readonly candidate: MeasuredCandidate;
  /** The share of training of the last rung that it was in, 0 if none. */
  readonly share: number;
  /** Measurements at that share, by seed. */
  readonly measurements: readonly Measurement[];
}

/** A trial that begins. */
export interface TrialNotice {
  /** Its name. */
  readonly candidate: string;
  readonly share: number;
  readonly seed: number;
}

interface HalvingOptions {
  /** In the order in which they are tried; when the budget is too small for all, the last ones are left out. */
  readonly candidates: readonly MeasuredCandidate[];
  /** More candidates, made of those of the first rung, the best first. */
  readonly variants?: ((tried: readonly Tried[]) => readonly MeasuredCandidate[]) | undefined;
  readonly measure: Measurer;
  readonly budget: WorkBudget;
  /** The seed of the first trial of each candidate; the next ones follow. */
  readonly seed: number;
  /** Before each trial. */
  readonly onTrial?: ((about: TrialNotice) => void) | undefined;
}

interface HalvingResult {
  /** The best of the finalists comes first. Those that were dropped follow, by how far they came. */
  readonly tried: readonly Tried[];
  /** Names of candidates for which the budget was too small. */
  readonly left: readonly string[];
  /** Whether the search went to its end; otherwise it was stopped, or what trials took was more than expected. */
  readonly isWhole: boolean;
}

/**
 * Successive halving: all candidates are trained for a share of the training, the better ones go on to the next, larger share, and the
 * finalists are trained whole, then with more seeds. Rankings compare losses at equal shares on the same rows.
 *
 * The best candidate of a single kind is always among those that go on. The first of the result has the smallest mean loss of all
 * finalists over the same seeds, so that it is never worse, as measured, than the best single kind.
 *
 * Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016.
 */
export async function successiveHalving(options: HalvingOptions): Promise<HalvingResult> {
  return new Search(options).run();
}

class Search {
  readonly #options: HalvingOptions;
  readonly #budget: WorkBudget;
  /** The last complete rung of each candidate. */
  readonly #tried = new Map<string, Tried>();
  /** Losses of the first seed of each candidate, by share. */
  readonly #curves = new Map<string, Map<number, number>>();
  /** How far the first seed of each candidate has been trained. */
  readonly #trained = new Map<string, number>();
  #stopped = false;

  constructor(options: HalvingOptions) {
    this.#options = options;
    this.#budget = options.budget;
  }

  async run(): Promise<HalvingResult> {
    const { candidates, variants } = this.#options;
    let alive = await this.#affordable(candidates);
    const left = candidates.filter((candidate) => !alive.includes(candidate)).map(({ name }) => name);
    const share = this.#firstShare(alive);
    if (await this.#firstRung(alive, share)) {
      const more = variants === undefined ? [] : variants(this.#ranked(alive));
      const tried = more.slice(0, this.#roomFor(share));
      if (tried.length > 0 && (await this.#firstRung(tried, share))) alive = [...alive, ...tried];
    }
    for (const next of sharesFrom(share)) {
      if (this.#stopped) break;
      alive = this.#survivors(alive, share, next);
      if (!(await this.#rung(alive, next))) break;
    }
    if (!this.#stopped) await this.#moreSeeds(this.#ranked(alive).map(({ candidate }) => candidate));
    return { tried: this.#order(), left, isWhole: !this.#stopped };
  }

  /** The candidates that the budget is enough for; with a limit of time, all are trained a little to know. */
  async #affordable(candidates: readonly MeasuredCandidate[]): Promise<readonly MeasuredCandidate[]> {
    const part = FIRST_PART * this.#budget.total;
    if (!this.#budget.isTimed) return candidates.slice(0, Math.max(1, Math.floor(part / LEAST_SHARE)));
    let needed = 0;
    const kept: MeasuredCandidate[] = [];
    for (const candidate of candidates) {
      if (kept.length > 0 && needed + this.#budget.expected(candidate.name, LEAST_SHARE) > part) break;
      if ((await this.#measure(candidate, PROBE_SHARE)) === undefined) break;
      needed += this.#budget.expected(candidate.name, LEAST_SHARE);
      kept.push(candidate);
    }
    return kept;
  }

  /** As long as its part of the budget allows, variants included, for which a third of it is kept. */
  #firstShare(alive: readonly MeasuredCandidate[]): number {
    const { total } = this.#budget;
    const whole = alive.reduce((sum, { name }) => sum + this.#budget.expected(name, 1), 0);
    const rooms = this.#options.variants === undefined ? 1 : 1.5;
    const share = (FIRST_PART * total) / (whole * rooms);
    return Math.min(1, Math.max(LEAST_SHARE, share));
  }

  /** How many more candidates the first rung has room for. */
  #roomFor(share: number): number {
    const each = this.#meanCost(share);
    const part = (FIRST_PART * this.#budget.total) / 3;
    return Math.max(0, Math.floor(Math.min(part, this.#budget.left / 2) / each + 1e-9));
  }

  #meanCost(share: number): number {
    const names = [...this.#trained.keys()];
    return (
      names.reduce((sum, name) => sum + this.#budget.expected(name, share), 0) / Math.max(1, names.length)
    );
  }

  /** Measured half-way too, to know how fast losses fall. */
  async #firstRung(candidates: readonly MeasuredCandidate[], share: number): Promise<boolean> {
    return (await this.#rung(candidates, share / 2)) && (await this.#rung(candidates, share));
  }

  /**
   * The best at one share, as many as the budget allows at the next. Among them are the best of a single kind, and those that will be the
   * best if their losses go on to fall as they did, by so much for each doubling of the share: some kinds start slowly.
   */
  #survivors(alive: readonly MeasuredCandidate[], share: number, next: number): MeasuredCandidate[] {
    const ranked = this.#ranked(alive).map(({ candidate }) => candidate);
    const rungs = Math.max(1, sharesFrom(share).length);
    const part = Math.min((MIDDLE_PART * this.#budget.total) / rungs, this.#budget.left);
    const each = this.#meanCost(next - share);
    const most = Math.max(FINALISTS[0], Math.min(Math.floor(part / each), Math.ceil(ranked.length / 2)));
    const kept = next === 1 ? Math.min(most, FINALISTS[1]) : most;
    const projected = new Map(ranked.map((candidate) => [candidate, this.#projected(candidate.name, share)]));
    const rising = [...ranked].sort((a, b) => projected.get(a)! - projected.get(b)!).slice(0, RISING);
    const ahead = ranked
      .filter((candidate) => !rising.includes(candidate))
      .slice(0, Math.max(AHEAD, kept - RISING));
    const going = ranked.filter((candidate) => ahead.includes(candidate) || rising.includes(candidate));
    const single = ranked.find((candidate) => candidate.single !== undefined);
    return single === undefined || going.includes(single) ? going : [...going, single];
  }

  /** The loss of a whole training, if it goes on to fall as it did. */
  #projected(name: string, share: number): number {
    const points = [...this.#curves.get(name)!].filter(([at]) => at <= share).sort(([a], [b]) => b - a);
    const [[last, loss], [before, more]] = points as [[number, number], [number, number]];
    return loss - ((more - loss) * Math.log(1 / last)) / Math.log(last / before);
  }

  /** Trains finalists with more seeds, while the budget lasts. Those that are decidedly worse than the first need no more. */
  async #moreSeeds(finalists: readonly MeasuredCandidate[]): Promise<void> {
    let alive = withBestSingle(finalists, FINALISTS[1]);
    for (let more = 1; more < SEEDS && alive.length > 1; more++) {
      const seed = this.#options.seed + more;
      const cost = alive.reduce((sum, { name }) => sum + this.#budget.expected(name, 1), 0);
      if (cost > this.#budget.left) {
        // Fewer finalists with more seeds say more than many with one.
        const fewer = withBestSingle(alive, alive.length - 1);
        if (fewer.length === alive.length || fewer.length < 2) return;
        alive = fewer;
        more--;
        continue;
      }
      const measured: Measurement[] = [];
      for (const candidate of alive) {
        const one = await this.#measure(candidate, 1, seed);
        if (one === undefined) return;
        measured.push(one);
      }
      alive.forEach(({ name }, k) => {
        const tried = this.#tried.get(name)!;
        this.#tried.set(name, { ...tried, measurements: [...tried.measurements, measured[k]!] });
      });
      alive = this.#undecided(this.#ranked(alive));
    }
  }

  #undecided(ranked: readonly Tried[]): MeasuredCandidate[] {
    const first = ranked[0]!;
    const open = ranked.filter((tried) => {
      const { mean, halfWidth } = pairedDifference(tried.measurements, first.measurements);
      return tried === first || mean <= halfWidth;
    });
    return withBestSingle(
      ranked.map(({ candidate }) => candidate),
      open.length,
    );
  }

  /** Trains candidates to a share. False if that was stopped: then none of them has been in this rung. */
  async #rung(candidates: readonly MeasuredCandidate[], share: number): Promise<boolean> {
    const measured: Measurement[] = [];
    for (const candidate of candidates) {
      const one = await this.#measure(candidate, share);
      if (one === undefined) return false;
      measured.push(one);
    }
    candidates.forEach((candidate, k) => {
      this.#tried.set(candidate.name, { candidate, share, measurements: [measured[k]!] });
    });
    return true;
  }

  async #measure(
    candidate: MeasuredCandidate,
    share: number,
    seed = this.#options.seed,
  ): Promise<Measurement | undefined> {
    const { name } = candidate;
    const before = seed === this.#options.seed ? (this.#trained.get(name) ?? 0) : 0;
    const isOverdue = this.#budget.left < this.#budget.expected(name, share - before) && this.#tried.size > 0;
    if (this.#stopped || isOverdue) {
      this.#stopped = true;
      return undefined;
    }
    this.#options.onTrial?.({ candidate: name, share, seed });
    const measurement = await this.#options.measure({ candidate, seed, share });
    if (measurement === undefined) {
      this.#stopped = true;
      return undefined;
    }
    this.#budget.spend(name, share - before, measurement.seconds);
    if (seed !== this.#options.seed) return measurement;
    this.#trained.set(name, share);
    this.#curves.set(
      name,
      (this.#curves.get(name) ?? new Map<number, number>()).set(share, measurement.loss),
    );
    return measurement;
  }

  /** By mean loss over the seeds that all of them have. */
  #ranked(candidates: readonly MeasuredCandidate[]): Tried[] {
    return byLoss(candidates.map(({ name }) => this.#tried.get(name)!));
  }

  /** Those that came further first, and of these the better ones. */
  #order(): Tried[] {
    const tried = [...this.#tried.values()];
    const shares = [...new Set(tried.map(({ share }) => share))].sort((a, b) => b - a);
    return shares.flatMap((share) => {
      const group = tried.filter((each) => each.share === share);
      const most = Math.max(...group.map(({ measurements }) => measurements.length));
      const last = group.filter(({ measurements }) => measurements.length === most);
      return [...byLoss(last), ...byLoss(group.filter((each) => !last.includes(each)))];
    });
  }
}

/** By mean loss over the seeds that all have. */
function byLoss(tried: readonly Tried[]): Tried[] {
  const seeds = Math.min(...tried.map(({ measurements }) => measurements.length));
  const meanLoss = ({ measurements }: Tried) =>
    measurements.slice(0, seeds).reduce((sum, { loss }) => sum + loss, 0) / seeds;
  return [...tried].sort((a, b) => meanLoss(a) - meanLoss(b));
}

/** The first so many, with the best single kind in the place of the last if it is not among them. */
function withBestSingle(ranked: readonly MeasuredCandidate[], count: number): MeasuredCandidate[] {
  const kept = ranked.slice(0, Math.max(2, count));
  const single = ranked.find((candidate) => candidate.single !== undefined);
  return single === undefined || kept.includes(single) ? kept : [...kept.slice(0, -1), single];
}

/** The shares after the first, up to the whole training, at most `RATIO` apart. */
function sharesFrom(share: number): number[] {
  if (share >= 1) return [];
  const rungs = Math.ceil(Math.log(1 / share) / Math.log(RATIO) - 1e-9);
  return Array.from({ length: rungs }, (_, k) => (k === rungs - 1 ? 1 : share ** (1 - (k + 1) / rungs)));
}

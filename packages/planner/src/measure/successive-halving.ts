import type { MeasuredCandidate, Measurement, Measurer } from './measurement.ts';
import { pairedDifference, seedErrorOf } from './row-scores.ts';
import { bestSingles, isEnough, withSingles } from './single-kinds.ts';
import type { WorkBudget } from './work-budget.ts';

/** The shortest trial, if the budget is enough for whole trainings, and in any case: shorter ones say little about longer ones. */
const [LEAST_SHARE, SHORTEST] = [1 / 8, 1 / 32];
/** What is trained only to learn how long it takes, of at most how many candidates, and the part of the budget that the first has anyway. */
const [PROBE_SHARE, PROBED, FIRST_PROBE_PART] = [1 / 64, 4, 1 / 4];
/** A rung is at most so many times as long as the one before it. */
const RATIO = 3;
/** Parts of the budget: for the first rung, its variants included, for those between it and the last, and for one seed of the last. */
const [FIRST_PART, MIDDLE_PART, LAST_PART] = [0.45, 0.25, 0.4];
/** Candidates that go on because their loss falls fast, though others are ahead, and those that go on because they are ahead, at least. */
const [RISING, AHEAD] = [2, 2];
/** Slow candidates that reach the last rung beside those that do anyway. */
const SLOW_FINALISTS = 1;
/** Candidates of the last rung, at least and at most, and seeds of each. */
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
  /** Seconds that are left of a budget of time; undefined for one of trials. */
  readonly left: number | undefined;
}

interface HalvingOptions {
  /** In the order in which they are tried; when the budget is too small for all, the last ones are left out. */
  readonly candidates: readonly MeasuredCandidate[];
  /** More candidates, made of those of the first rung, the best first. */
  readonly variants?: ((tried: readonly Tried[]) => readonly MeasuredCandidate[]) | undefined;
  /** Names of candidates that go on to the rungs before the last, as far as the budget allows, and the best of them to the last. */
  readonly slow?: readonly string[] | undefined;
  readonly measure: Measurer;
  readonly budget: WorkBudget;
  /** The seed of the first trial of each candidate; the next ones follow. */
  readonly seed: number;
  /** Before each trial. */
  readonly onTrial?: ((about: TrialNotice) => void) | undefined;
}

interface HalvingResult {
  /**
   * The chosen one of the finalists comes first. Those that were dropped follow, by how far they came. None if the first trial was
   * stopped.
   */
  readonly tried: readonly Tried[];
  /** Names of candidates for which the budget was too small. */
  readonly left: readonly string[];
  /** Whether the search went to its end; otherwise it was stopped, or what trials took was more than expected. */
  readonly isWhole: boolean;
}

/**
 * Successive halving: all candidates are trained for a share of the training, the better ones go on to the next, larger share, and the
 * finalists are trained whole, then with more seeds; if the budget is too small for that, to the largest share that it allows. Rankings
 * compare losses at equal shares on the same rows.
 *
 * The best candidate of a single kind is always among those that go on. The first of the result has the smallest mean loss of all
 * single kinds over the same seeds, unless a mixture is better by more than chance may be: it is never worse, as measured, than the best
 * single kind. Where time runs out within a rung, this holds for those that are through.
 *
 * With a limit of time, what is left at the start is divided among the rungs, and every trial is limited to what is left then; the first
 * one, a 64th of the training of a single kind, to a quarter of the budget if that is more. If measurers keep to their limits, the search
 * ends by the clock, or within that quarter after its start if less was left.
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
  /** What the rungs may take together. */
  readonly #total: number;
  /** The share of the last rung. */
  #top = 1;

  constructor(options: HalvingOptions) {
    this.#options = options;
    this.#budget = options.budget;
    this.#total = Math.max(this.#budget.left, FIRST_PROBE_PART * this.#budget.total);
  }

  async run(): Promise<HalvingResult> {
    const { candidates, variants } = this.#options;
    await this.#probe(candidates);
    const first = this.#affordable(candidates);
    const share = this.#firstShare(first);
    let alive = await this.#firstRung(first, share);
    if (!this.#stopped && variants !== undefined) {
      const more = variants(this.#ranked(alive)).slice(0, this.#roomFor(share));
      alive = [...alive, ...(await this.#firstRung(more, share))];
    }
    for (const next of sharesFrom(share, this.#top)) {
      if (this.#stopped) break;
      alive = await this.#rung(this.#survivors(alive, share, next), next);
    }
    if (!this.#stopped) await this.#moreSeeds(this.#ranked(alive).map(({ candidate }) => candidate));
    const left = candidates.map(({ name }) => name).filter((name) => !this.#tried.has(name));
    return { tried: this.#order(), left, isWhole: !this.#stopped };
  }

  /** With a limit of time, trains a few candidates a little to know what they take. Sets how far finalists can be trained. */
  async #probe(candidates: readonly MeasuredCandidate[]): Promise<void> {
    if (this.#budget.isTimed) {
      const first = candidates.find(({ single }) => single !== undefined) ?? candidates[0]!;
      for (const candidate of [...new Set([first, ...candidates])].slice(0, PROBED)) {
        const isFirst = candidate === first;
        if (!isFirst && this.#budget.left < (1 - FIRST_PART) * this.#total) break;
        const measured = await this.#measure(candidate, PROBE_SHARE, { mayEnd: !isFirst });
        if (measured === undefined) break;
        this.#tried.set(candidate.name, { candidate, share: PROBE_SHARE, measurements: [measured] });
      }
    }
    const whole = FINALISTS[0] * this.#meanCost(1, candidates);
    this.#top = Math.min(1, Math.max(SHORTEST, (LAST_PART * this.#total) / whole));
  }

  /** As many candidates as the first rung has room for. */
  #affordable(candidates: readonly MeasuredCandidate[]): readonly MeasuredCandidate[] {
    const part = Math.min(FIRST_PART * this.#total, this.#budget.left) / this.#rooms;
    const each = this.#meanCost(this.#leastShare, candidates) + this.#meanCost(0, candidates);
    return candidates.slice(0, Math.max(2, Math.floor(part / each)));
  }

  /** A third of the first part is for variants. */
  get #rooms(): number {
    return this.#options.variants === undefined ? 1 : 1.5;
  }

  get #leastShare(): number {
    return Math.max(SHORTEST, Math.min(LEAST_SHARE, this.#top / 4));
  }

  /** As long as its part of the budget allows. */
  #firstShare(alive: readonly MeasuredCandidate[]): number {
    // What a trial takes whatever its share is taken twice: it is measured half-way too.
    const fixed = 2 * this.#meanCost(0, alive);
    const whole = this.#meanCost(1, alive) - this.#meanCost(0, alive);
    const share = ((FIRST_PART * this.#total) / (alive.length * this.#rooms) - fixed) / whole;
    return Math.min(this.#top, Math.max(this.#leastShare, share));
  }

  /** How many more candidates the first rung has room for. */
  #roomFor(share: number): number {
    const each = this.#meanCost(share);
    const part = (FIRST_PART * this.#total) / 3;
    return Math.max(0, Math.floor(Math.min(part, this.#budget.left / 2) / each + 1e-9));
  }

  #meanCost(share: number, of: readonly Pick<MeasuredCandidate, 'name'>[] = this.#known): number {
    const sum = of.reduce((total, { name }) => total + this.#budget.expected(name, share), 0);
    return sum / Math.max(1, of.length);
  }

  get #known(): Pick<MeasuredCandidate, 'name'>[] {
    return [...this.#trained.keys()].map((name) => ({ name }));
  }

  /** Measured half-way too, to know how fast losses fall. @returns those that are through */
  async #firstRung(
    candidates: readonly MeasuredCandidate[],
    share: number,
  ): Promise<readonly MeasuredCandidate[]> {
    // What the rest of the budget is for stays for it if candidates take longer than those that were tried before.
    const kept = this.#budget.isTimed ? Math.min(this.#budget.left / 2, (1 - FIRST_PART) * this.#total) : 0;
    const whole = (through: readonly MeasuredCandidate[]) =>
      through.length * this.#meanCost(share / 2, through);
    const half = await this.#rung(
      candidates,
      share / 2,
      (through) => this.#budget.left - whole(through) > kept,
    );
    if (this.#stopped) return half;
    return this.#rung(
      this.#ranked(half).map(({ candidate }) => candidate),
      share,
    );
  }

  /**
   * The best at one share, as many as the budget allows at the next. Among them are the best of single kinds, and those that will be the
   * best if their losses go on to fall as they did, by so much for each doubling of the share: some kinds start slowly.
   */
  #survivors(alive: readonly MeasuredCandidate[], share: number, next: number): MeasuredCandidate[] {
    const ranked = this.#ranked(alive).map(({ candidate }) => candidate);
    const rungs = Math.max(1, sharesFrom(share, this.#top).length);
    const part = Math.min((MIDDLE_PART * this.#total) / rungs, this.#budget.left);
    const each = this.#meanCost(next - share);
    const most = Math.max(FINALISTS[0], Math.min(Math.floor(part / each), Math.ceil(ranked.length / 2)));
    const kept = next === this.#top ? Math.min(most, FINALISTS[1]) : most;
    const projected = new Map(ranked.map((candidate) => [candidate, this.#projected(candidate.name, share)]));
    const rising = [...ranked].sort((a, b) => projected.get(a)! - projected.get(b)!).slice(0, RISING);
    const ahead = ranked
      .filter((candidate) => !rising.includes(candidate))
      .slice(0, Math.max(AHEAD, kept - RISING));
    const going = new Set([...ahead, ...rising, ...bestSingles(ranked)]);
    const slow = ranked.filter((one) => !going.has(one) && this.#options.slow?.includes(one.name));
    const more = next === this.#top ? SLOW_FINALISTS : Math.floor(part / each);
    for (const candidate of slow.slice(0, more)) going.add(candidate);
    return ranked.filter((candidate) => going.has(candidate));
  }

  /** The loss of a whole training, if it goes on to fall as it did. */
  #projected(name: string, share: number): number {
    const points = [...this.#curves.get(name)!].filter(([at]) => at <= share).sort(([a], [b]) => b - a);
    const [[last, loss], [before, more]] = points as [[number, number], [number, number]];
    return loss - ((more - loss) * Math.log(1 / last)) / Math.log(last / before);
  }

  /** Trains finalists with more seeds, while the budget lasts. Those that are decidedly worse than the first need no more. */
  async #moreSeeds(finalists: readonly MeasuredCandidate[]): Promise<void> {
    let alive = withSingles(finalists, FINALISTS[1]);
    for (let more = 1; more < SEEDS && alive.length > 1; more++) {
      const seed = this.#options.seed + more;
      const cost = alive.length * this.#meanCost(this.#top, alive);
      if (cost > this.#budget.left) {
        // Fewer finalists with more seeds say more than many with one.
        const fewer = withSingles(alive, alive.length - 1);
        if (fewer.length === alive.length || fewer.length < 2) return;
        alive = fewer;
        more--;
        continue;
      }
      const measured: Measurement[] = [];
      for (const candidate of alive) {
        const one = await this.#measure(candidate, this.#top, { seed, mayEnd: true });
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
    return withSingles(
      ranked.map(({ candidate }) => candidate),
      open.length,
    );
  }

  /**
   * Trains candidates to a share. If that is stopped, those before are through if one of a single kind is among them; else none.
   *
   * @param candidates the best first, where that is known: the first of a single kind is the best of these
   * @param goesOn whether there is room for more than these
   * @returns those that are through
   */
  async #rung(
    candidates: readonly MeasuredCandidate[],
    share: number,
    goesOn: (through: readonly MeasuredCandidate[]) => boolean = () => true,
  ): Promise<readonly MeasuredCandidate[]> {
    const measured: Measurement[] = [];
    for (const candidate of candidates) {
      const through = candidates.slice(0, measured.length);
      const enough = isEnough(through, candidates);
      if (enough && !goesOn(through)) break;
      const one = await this.#measure(candidate, share, { mayEnd: enough || this.#tried.size > 0 });
      if (one === undefined) break;
      measured.push(one);
    }
    const through = candidates.slice(0, measured.length);
    if (!isEnough(through, candidates)) return [];
    through.forEach((candidate, k) => {
      this.#tried.set(candidate.name, { candidate, share, measurements: [measured[k]!] });
    });
    return through;
  }

  /** @param mayEnd whether enough has been measured to end for want of budget */
  async #measure(
    candidate: MeasuredCandidate,
    share: number,
    { seed = this.#options.seed, mayEnd = false } = {},
  ): Promise<Measurement | undefined> {
    const { name } = candidate;
    const before = seed === this.#options.seed ? (this.#trained.get(name) ?? 0) : 0;
    const isOverdue = mayEnd && this.#budget.left < this.#budget.expected(name, share - before);
    if (this.#stopped || isOverdue) {
      this.#stopped = true;
      return undefined;
    }
    const left = this.#budget.isTimed ? this.#budget.left : undefined;
    this.#options.onTrial?.({ candidate: name, share, seed, left });
    const limit = left === undefined || mayEnd ? left : this.#total;
    const measurement = await this.#options.measure({
      candidate,
      seed,
      share,
      isLast: share === this.#top,
      limit,
    });
    if (measurement === undefined) {
      this.#stopped = true;
      return undefined;
    }
    this.#budget.spend(name, share - before, measurement.seconds, measurement.scoring);
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

  /**
   * Those that came further first, and of these the better ones; but a mixture comes first only if it is better than the best single
   * kind by more than chance may be: the best of many looks better than it is.
   */
  #order(): Tried[] {
    const tried = [...this.#tried.values()];
    const shares = [...new Set(tried.map(({ share }) => share))].sort((a, b) => b - a);
    return shares.flatMap((share) => {
      const group = tried.filter((each) => each.share === share);
      const most = Math.max(...group.map(({ measurements }) => measurements.length));
      const last = group.filter(({ measurements }) => measurements.length === most);
      return [...singleUnlessBeaten(byLoss(last)), ...byLoss(group.filter((each) => !last.includes(each)))];
    });
  }
}

function singleUnlessBeaten(ranked: readonly Tried[]): Tried[] {
  const [first] = ranked;
  const single = ranked.find(({ candidate }) => candidate.single !== undefined);
  if (first === undefined || single === undefined || single === first) return [...ranked];
  const seedError = seedErrorOf(ranked.map(({ measurements }) => measurements.map(({ loss }) => loss)));
  const { mean, halfWidth } = pairedDifference(single.measurements, first.measurements, seedError);
  return mean > halfWidth ? [...ranked] : [single, ...ranked.filter((each) => each !== single)];
}

/** By mean loss over the seeds that all have. */
function byLoss(tried: readonly Tried[]): Tried[] {
  const seeds = Math.min(...tried.map(({ measurements }) => measurements.length));
  const meanLoss = ({ measurements }: Tried) =>
    measurements.slice(0, seeds).reduce((sum, { loss }) => sum + loss, 0) / seeds;
  return [...tried].sort((a, b) => meanLoss(a) - meanLoss(b));
}

/** The shares after the first up to the last, at most `RATIO` apart. */
function sharesFrom(share: number, last: number): number[] {
  if (share >= last) return [];
  const rungs = Math.ceil(Math.log(last / share) / Math.log(RATIO) - 1e-9);
  const step = (k: number) => last * (share / last) ** (1 - (k + 1) / rungs);
  return Array.from({ length: rungs }, (_, k) => (k === rungs - 1 ? last : step(k)));
}

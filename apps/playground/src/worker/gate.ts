/** Lets one at a time work on a model, in the order in which they came: training, which steps aside after every step, and commands. */
export class Gate {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits for the turn of the caller, who has it until it calls what is returned. */
  enter(): Promise<() => void> {
    const before = this.#last;
    let leave = () => {};
    this.#last = new Promise<void>((resolve) => {
      leave = resolve;
    });
    return before.then(() => leave);
  }

  async exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    const leave = await this.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  }
}

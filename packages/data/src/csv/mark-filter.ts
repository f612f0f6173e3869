const MARK = '\ufeff';

/**
 * Removes byte order marks at the starts of lines. Concatenated files may have one in the middle. Inside quotes they are text and stay.
 */
export class MarkFilter {
  readonly #quote: string;
  #last = '\n';
  #isQuoted = false;

  constructor(quote: string) {
    this.#quote = quote;
  }

  /** The next piece of the text, without marks. O(length). */
  filter(text: string): string {
    let kept = '';
    let from = 0;
    for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + 1)) {
      this.#pass(text.slice(from, at));
      if (!this.#isQuoted && this.#last === '\n') kept += text.slice(from, at);
      else kept += text.slice(from, at + 1);
      from = at + 1;
    }
    this.#pass(text.slice(from));
    return kept + text.slice(from);
  }

  /** Follows what comes between marks. A doubled quote closes and opens. */
  #pass(text: string): void {
    for (let at = text.indexOf(this.#quote); at >= 0; at = text.indexOf(this.#quote, at + 1)) {
      this.#isQuoted = !this.#isQuoted;
    }
    this.#last = text.at(-1) ?? this.#last;
  }
}

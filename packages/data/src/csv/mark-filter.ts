const MARK = '\ufeff';

/**
 * Takes byte order marks out of the starts of lines: of the first, and of any other, since files put together may each have had
 * one. Inside quotes they are text and stay.
 */
export class MarkFilter {
  readonly #quote: string;
  #last = '\n';
  #isQuoted = false;

  constructor(quote: string) {
    this.#quote = quote;
  }

  /** The next piece of a text without its marks. O(length). */
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

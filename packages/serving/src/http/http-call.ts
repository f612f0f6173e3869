/** A request, in the terms of any HTTP library. */
export interface HttpCall {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** Reads the whole body as it was sent. May end as soon as it has more than `maxBytes`, and is not called for a request that is refused unread. */
  body(maxBytes: number): Promise<Uint8Array> | Uint8Array;
  /** Aborted when the client is gone. */
  readonly signal?: AbortSignal | undefined;
}

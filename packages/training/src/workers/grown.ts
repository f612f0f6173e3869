/** An array of at least so many numbers: the same where it is long enough, so that steady training allocates nothing. */
export function grown(array: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  return array.length >= length ? array : new Float32Array(2 ** Math.ceil(Math.log2(length)));
}

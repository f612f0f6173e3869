/** How many files are mutated: as many as `TTREC_FUZZ` says, or enough for every change. */
export function fuzzRounds(usual: number): number {
  return Number(process.env['TTREC_FUZZ'] || usual);
}

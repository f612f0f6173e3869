/** The variable that fixes what fast-check draws: an integer. Without it, every run draws anew. */
const VARIABLE = 'TTREC_PROPERTY_SEED';

const text = process.env[VARIABLE];
if (text !== undefined) {
  const seed = Number(text);
  if (text.trim() === '' || !Number.isInteger(seed))
    throw new Error(`[test-support] ${VARIABLE}: must be an integer, got "${text}".`);
  const { configureGlobal, readConfigureGlobal } = await import('fast-check');
  configureGlobal({ ...readConfigureGlobal(), seed });
}

export {};

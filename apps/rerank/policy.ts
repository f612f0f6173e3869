/** Nothing from elsewhere, nothing compiled from text but WebAssembly. */
export const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

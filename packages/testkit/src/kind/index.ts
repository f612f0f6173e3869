export { createFloat64Backend, type Float64Backend } from './float64-backend.ts';
export type { KindCase } from './kind-case.ts';
export { cornerSizes, kindCases, kindSuite, type KindSuite } from './kind-suite.ts';
export type { HostValues, ParameterValues, TableUnderTest } from './table-under-test.ts';

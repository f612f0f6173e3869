export { cpuBackendFactory, createCpuBackend, type CpuBackendOptions } from './create-cpu-backend.ts';

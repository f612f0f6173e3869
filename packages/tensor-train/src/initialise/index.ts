export { initialiseCores, type InitialiseOptions } from './initialise-cores.ts';

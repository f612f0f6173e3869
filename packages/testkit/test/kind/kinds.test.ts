import { createCpuBackend } from '@ttrec/backend-cpu';
import { kindSuite } from '../../src/kind/index.ts';
import { describe, test } from 'vitest';
import { tables } from './tables.ts';

kindSuite({ name: 'every kind, on cpu', tables, create: createCpuBackend, describe, test });

import { createCpuBackend } from '@ttrec/backend-cpu';
import { kindSuite } from '@ttrec/testkit/kind';
import { describe, test } from 'vitest';
import { tables } from './tables.ts';

kindSuite({ name: 'every kind, on cpu', tables, create: createCpuBackend, describe, test });

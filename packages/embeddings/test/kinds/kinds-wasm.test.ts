import { createWasmBackend } from '@ttrec/backend-wasm';
import { kindSuite } from '@ttrec/testkit/kind';
import { describe, test } from 'vitest';
import { tables } from './tables.ts';

kindSuite({ name: 'every kind, on wasm', tables, create: createWasmBackend, describe, test });

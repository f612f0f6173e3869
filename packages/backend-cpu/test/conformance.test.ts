import { createCpuBackend } from '@ttrec/backend-cpu';
import { conformanceSuite } from '@ttrec/testkit/backend';
import { describe, test } from 'vitest';

conformanceSuite({ name: 'backend-cpu', create: () => createCpuBackend(), describe, test });

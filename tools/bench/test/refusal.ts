import { TtrecError } from '@ttrec/core';

/** The error that `action` throws; fails when it throws none of ours. */
export function refusal(action: () => unknown): { readonly code: string; readonly message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof TtrecError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

import { isTtrecError } from '@ttrec/core';
import type { WasmKernels } from '../module/wasm-kernels.ts';
import { MemoryViews } from '../memory/memory-views.ts';
import { Control } from './control.ts';
import { holdForLife } from './life-lock.ts';
import {
  leaderFailed,
  type Assignment,
  type Command,
  type Failure,
  type Reply,
  type Started,
} from './messages.ts';
import type { Port } from './port.ts';
import { follow, Team } from './team.ts';

/** What a worker does: waits for its assignment, then leads or follows until it is sent home. */
export function serve(port: Port): void {
  let onCommands: ((commands: readonly Command[]) => void) | undefined;
  port.onMessage((message) => {
    if (onCommands) onCommands(message as readonly Command[]);
    else
      begin(port, message as Assignment).then(
        (handler) => (onCommands = handler),
        (reason: unknown) => port.post({ started: false, reason: String(reason) } satisfies Started),
      );
  });
}

/** Nothing is sent to a worker that leads before it has said that it started. */
async function begin(
  port: Port,
  assignment: Assignment,
): Promise<((commands: readonly Command[]) => void) | undefined> {
  const { role, thread, threads, module, memory, leastPart, control, lock } = assignment;
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernels = exports as WasmKernels;
  const holdsLock = lock !== undefined && (await holdForLife(lock));
  port.post({ started: true, holdsLock } satisfies Started);
  if (role === 'follow') {
    follow(new Control(control), kernels, thread);
    port.close();
    return undefined;
  }
  const team = new Team(kernels, threads, new Control(control), leastPart);
  return leadWith(team, new MemoryViews(memory), port);
}

/** Carries out commands in order until one fails; from then on `read` and `sync` are answered with what failed. */
function leadWith(team: Team, views: MemoryViews, port: Port): (commands: readonly Command[]) => void {
  let failure: Failure | undefined;
  const carryOut = (command: Command): void => {
    switch (command.do) {
      case 'run':
        team.run(command.call);
        return;
      case 'zero':
        views.zero(command.address, command.bytes);
        return;
      case 'write':
        views.write(command.address, command.data);
        return;
      case 'sync':
        port.post({ id: command.id } satisfies Reply);
        return;
      case 'read': {
        const data = views.read(command.address, command.length);
        port.post({ id: command.id, data } satisfies Reply, [data.buffer]);
      }
    }
  };
  return (commands) => {
    for (const command of commands) {
      try {
        if (failure === undefined) carryOut(command);
      } catch (thrown) {
        failure = failureOf(thrown);
      }
      if (failure !== undefined && 'id' in command) port.post({ id: command.id, failure } satisfies Reply);
    }
  };
}

/** What can be sent of an error. */
function failureOf(thrown: unknown): Failure {
  if (!isTtrecError(thrown)) return leaderFailed(String(thrown));
  const { subject, rule, got, hint } = thrown.parts;
  return { subject, rule, got: String(got), ...(hint === undefined ? {} : { hint }) };
}

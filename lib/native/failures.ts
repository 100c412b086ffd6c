/** Turns what failed on the device thread into the error that a user sees. */
import type { NativeFailure } from '../../typings/addon.js';
import { DeviceError, ShapeError, type NodeCudnnError } from '../errors.js';

const hints: Record<number, string> = {
  2: 'use another dtype or device',
  3: 'use a smaller batch, dispose tensors that are no longer needed, or raise the memory limit',
  5: "the device cannot be used any more; setDevice('cpu') still works",
};

/**
 * The error for a failed command. `stack` is that of the call that waited for it: failures come from another thread, long after the
 * line that caused them.
 */
export function failureError(where: string, failure: NativeFailure, stack?: string): NodeCudnnError {
  const kind = failure.code === 1 ? ShapeError : DeviceError;
  const received = failure.operands === '' ? failure.message : `${failure.message} (${failure.operands})`;
  const error = new kind({ where: failure.op || where, received, hint: hints[failure.code] });
  if (stack !== undefined) error.stack = `${error.name}: ${error.message}\n${stack.split('\n').slice(1).join('\n')}`;
  return error;
}

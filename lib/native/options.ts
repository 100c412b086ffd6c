/** Options of a device: what setDevice takes beside a name. */
import { ArgumentError } from '../errors.js';
import { flag, oneOf, optional, readOptions } from '../options/index.js';

/** How a GPU computes. The CPU always computes in true float32 and the same bits from run to run, and has nothing to tune. */
export interface DeviceOptions {
  /**
   * 'float32' is true float32. 'tf32' lets matrix products and convolutions round their inputs to 10 bits of fraction, several times faster
   * on tensor cores. Default 'float32'.
   */
  precision?: 'float32' | 'tf32';
  /** Only algorithms that give the same bits from run to run. Default false. */
  deterministic?: boolean;
  /** The first candidates for a convolution are timed once for each shape, and the fastest is remembered on disk. Default false. */
  autotune?: boolean;
}

const readers = {
  precision: optional(oneOf('float32', 'tf32'), 'float32'),
  deterministic: optional(flag, false),
  autotune: optional(flag, false),
};

/** Options as they hold: those given, the others at their defaults. What the CPU cannot do is refused for it. */
export function optionsFor(where: string, device: string, given: DeviceOptions | undefined): Required<DeviceOptions> {
  const read = readOptions(where, given, readers) as Required<DeviceOptions>;
  if (device !== 'cpu') return read;
  for (const [name, value] of [
    ['precision', 'tf32'],
    ['autotune', true],
  ] as const) {
    if (read[name] !== value) continue;
    throw new ArgumentError({
      where,
      expected: `options that the CPU has a use for`,
      received: `${name} ${typeof value === 'string' ? `'${value}'` : value}`,
      hint: `leave ${name} out, or choose 'auto', which ignores it on the CPU`,
    });
  }
  return read;
}

/** Settings of models with several outputs: one for all, a list, or by the names of the outputs. */
import { ArgumentError } from '../../errors.js';
import { nearest } from '../../options/index.js';

/** A plain object, as `{ kind: ..., size: ... }` is; not an instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * The setting of each output, undefined where there is none. `value` is a list in the order of the outputs or a record by their names; a
 * record may leave outputs out.
 */
export function byOutput(
  where: string,
  value: readonly unknown[] | Readonly<Record<string, unknown>>,
  outputs: readonly string[],
): unknown[] {
  if (Array.isArray(value)) {
    if (value.length === outputs.length) return value.map((one: unknown) => one ?? undefined);
    throw new ArgumentError({
      where,
      expected: `one for each of ${outputs.length} outputs (${outputs.join(', ')})`,
      received: String(value.length),
      hint: 'null stands for an output without',
    });
  }
  const record = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((name) => !outputs.includes(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, outputs);
    throw new ArgumentError({
      where,
      expected: `the names of outputs (${outputs.join(', ')})`,
      received: `'${unknown}'`,
      hint: near && `did you mean '${near}'?`,
    });
  }
  return outputs.map((name) => record[name] ?? undefined);
}

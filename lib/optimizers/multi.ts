/** Several optimizers, each for some variables. Source: Keras 3, `keras.optimizers.MultiOptimizer` and `OptimizerMap`. */
import { ArgumentError } from '../errors.js';
import * as ops from '../ops/index.js';
import { describe, isSerialized, nullable, optional, readOptions, real, serialize, text, type Config } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import type { Optimizer, OptimizerState } from './optimizer.js';
import { get, type OptimizerIdentifier } from './registry.js';
import { WrappingOptimizer } from './wrapping.js';

/** Which optimizer takes which variables. */
export interface OptimizerMap {
  /** For variables that no pattern names. */
  defaultOptimizer: OptimizerIdentifier;
  /** By names of variables, or regular expressions that match whole names. */
  optimizerMap?: Readonly<Record<string, OptimizerIdentifier>>;
}

export interface MultiOptimizerOptions {
  optimizerMap: OptimizerMap;
  lossScaleFactor?: number | null;
  name?: string;
}

function inside(value: OptimizerIdentifier): Optimizer {
  const made = get(value);
  if (!(made instanceof WrappingOptimizer)) return made;
  throw new ArgumentError({ where: 'multiOptimizer', expected: 'plain optimizers', received: made.className });
}

export class MultiOptimizer extends WrappingOptimizer {
  readonly className = 'MultiOptimizer';
  protected readonly inner: readonly Optimizer[];
  /** @internal For variables that no pattern names. */
  readonly fallback: Optimizer;
  /** @internal */
  readonly patterns: readonly (readonly [pattern: string, optimizer: Optimizer])[];
  private calls = 0;

  constructor(options: MultiOptimizerOptions) {
    const read = readOptions('multiOptimizer', options, {
      optimizerMap: (value, where) => {
        const given = isSerialized(value) ? (value.config as unknown as OptimizerMap) : (value as OptimizerMap | undefined);
        if (typeof given === 'object' && given !== null && 'defaultOptimizer' in given) return given;
        throw new ArgumentError({ where, expected: '{ defaultOptimizer, optimizerMap }', received: describe(value) });
      },
      lossScaleFactor: nullable(real({ above: 0 })),
      name: optional(text, 'multi_optimizer'),
    });
    super('multiOptimizer', read.name, read.lossScaleFactor);
    this.fallback = inside(read.optimizerMap.defaultOptimizer);
    this.patterns = Object.entries(read.optimizerMap.optimizerMap ?? {}).map(([pattern, one]) => [pattern, inside(one)] as const);
    this.inner = [...new Set([...this.patterns.map(([, one]) => one), this.fallback])];
  }

  override get iterations(): number {
    return Math.max(this.calls, ...this.inner.map((one) => one.iterations));
  }

  override set iterations(count: number) {
    this.calls = count;
    for (const one of this.inner) one.iterations = count;
  }

  override getState(): OptimizerState {
    return { ...super.getState(), calls: this.calls };
  }

  override setState(state: OptimizerState): void {
    super.setState(state);
    this.calls = state.calls;
  }

  private of({ name }: Variable): Optimizer {
    const exact = this.patterns.find(([pattern]) => pattern === name);
    if (exact) return exact[1];
    const found = this.patterns.filter(([pattern]) => new RegExp(`^(?:${pattern})$`).test(name));
    if (found.length > 1) {
      throw new ArgumentError({
        where: 'multiOptimizer',
        expected: `one pattern for ${name}`,
        received: found.map(([one]) => one).join(', '),
      });
    }
    return found[0]?.[1] ?? this.fallback;
  }

  override build(variables: readonly Variable[]): void {
    for (const variable of variables) this.of(variable).build([variable]);
  }

  override apply(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    const { lossScaleFactor } = this.settings;
    for (const one of this.inner) {
      const places = variables.map((_, i) => i).filter((i) => this.of(variables[i]!) === one);
      const own = places.map((i) => (lossScaleFactor === null ? gradients[i]! : ops.div(gradients[i]!, lossScaleFactor)));
      if (places.length > 0)
        one.apply(
          own,
          places.map((i) => variables[i]!),
        );
    }
  }

  override getConfig(): Config {
    return {
      name: this.name,
      optimizerMap: {
        className: 'OptimizerMap',
        config: {
          defaultOptimizer: serialize(this.fallback),
          optimizerMap: Object.fromEntries(this.patterns.map(([pattern, one]) => [pattern, serialize(one)])),
        },
      },
      lossScaleFactor: this.settings.lossScaleFactor,
    };
  }
}

/**
 * An optimizer for each part of a model, by the names of variables.
 *
 * @example
 * optimizers.multiOptimizer({ optimizerMap: { defaultOptimizer: 'sgd', optimizerMap: { 'bias': optimizers.adam(0.01) } } });
 */
export function multiOptimizer(options: MultiOptimizerOptions): MultiOptimizer {
  return new MultiOptimizer(options);
}

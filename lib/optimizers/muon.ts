/** Muon: orthogonal steps for matrices, Adam for the rest. Source: Keras 3, `keras.optimizers.Muon`; Jordan et al. 2024. */
import { ArgumentError } from '../errors.js';
import { defineOp } from '../ops/define.js';
import * as ops from '../ops/index.js';
import { describe, flag, nullable, optional, type Reader, readOptions, real, type Config, whole } from '../options/index.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import type { StepScalars } from './iterations.js';
import { decayed, runGrouped } from './kernel.js';
import { commonReaders, type Entry, Optimizer, type OptimizerOptions, type SlotSpec } from './optimizer.js';

const adamOp = defineOp('adamUpdate', ['count', 'beta1:f', 'beta2:f', 'epsilon:f', 'amsgrad', 'weightDecay:f']);

export interface MuonOptions extends OptimizerOptions {
  adamBeta1?: number;
  adamBeta2?: number;
  /** Weight decay of what Adam takes; 0.004. */
  adamWeightDecay?: number | null;
  epsilon?: number;
  /** Parts of names of variables that Adam takes. */
  excludeLayers?: readonly string[] | null;
  /** Whether Adam takes tables of embeddings; true. */
  excludeEmbeddings?: boolean;
  muonA?: number;
  muonB?: number;
  muonC?: number;
  /** Adam's learning rate for each of Muon's; 1. */
  adamLrRatio?: number;
  momentum?: number;
  /** Rounds of the Newton-Schulz iteration; 5. */
  nsSteps?: number;
  nesterov?: boolean;
  /** Scales steps by this and the root of the longer side; 0.2. */
  rmsRate?: number | null;
}

const names: Reader<readonly string[]> = (value, where) => {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return [...value];
  throw new ArgumentError({ where, expected: 'a list of parts of names', received: describe(value) });
};

const fraction = (fallback: number): Reader<number> => optional(real({ low: 0, below: 1 }), fallback);

export class Muon extends Optimizer {
  readonly className = 'Muon';
  private readonly own;

  constructor(options: MuonOptions = {}) {
    const readers = {
      adamBeta1: fraction(0.9),
      adamBeta2: fraction(0.999),
      adamWeightDecay: ((value, where) => (value === undefined ? 0.004 : nullable(real({ low: 0 }))(value, where))) as Reader<
        number | null
      >,
      epsilon: optional(real({ low: 0 }), 1e-7),
      excludeLayers: (value: unknown, where: string) => nullable(names)(value, where) ?? [],
      excludeEmbeddings: optional(flag, true),
      muonA: optional(real(), 3.4445),
      muonB: optional(real(), -4.775),
      muonC: optional(real(), 2.0315),
      adamLrRatio: optional(real({ low: 0 }), 1),
      momentum: fraction(0.95),
      nsSteps: optional(whole(), 5),
      nesterov: optional(flag, true),
      rmsRate: ((value, where) => (value === undefined ? 0.2 : nullable(real({ above: 0 }))(value, where))) as Reader<number | null>,
    };
    const settings = readOptions('muon', options, { ...commonReaders(0.001, 'muon', 0.004), ...readers });
    super(settings, 'muon');
    this.own = Object.fromEntries(Object.keys(readers).map((key) => [key, settings[key as keyof typeof readers]])) as Pick<
      typeof settings,
      keyof typeof readers
    >;
  }

  /** Whether Adam takes the variable. */
  private byAdam({ name, shape }: Variable): boolean {
    const { excludeEmbeddings, excludeLayers } = this.own;
    if (shape.length !== 2 || (excludeEmbeddings && name.toLowerCase().includes('embedding'))) return true;
    return excludeLayers.some((part) => name.includes(part));
  }

  protected slotsOf(variable: Variable): SlotSpec[] {
    const momentum: SlotSpec = { name: 'momentum', initial: 0 };
    return this.byAdam(variable) ? [momentum, { name: 'velocity', initial: 0 }] : [momentum];
  }

  protected override decayOf(variable: Variable): number {
    if (!this.byAdam(variable)) return super.decayOf(variable);
    return this.isExcluded(variable) ? 0 : (this.own.adamWeightDecay ?? 0);
  }

  protected update(entries: readonly Entry[], gradients: readonly Tensor[], { learningRate, step }: StepScalars): void {
    const { adamBeta1, adamBeta2, epsilon, adamLrRatio } = this.own;
    const places = entries.map((_, i) => i).filter((i) => this.byAdam(entries[i]!.variable));
    if (places.length > 0) {
      runGrouped(
        adamOp,
        [adamLrRatio === 1 ? learningRate : ops.mul(learningRate, adamLrRatio), step],
        places.map((i) => entries[i]!),
        places.map((i) => gradients[i]!),
        // The decay goes by the learning rate itself.
        (variable) => (adamLrRatio === 0 ? 0 : this.decayOf(variable) / adamLrRatio),
        (count, decay) => [count, adamBeta1, adamBeta2, epsilon, 0, decay],
      );
    }
    entries.forEach((entry, i) => {
      if (!places.includes(i)) this.orthogonal(entry, gradients[i]!, ops.cast(learningRate, entry.variable.dtype));
    });
  }

  private orthogonal({ variable, slots }: Entry, gradient: Tensor, rate: Tensor): void {
    const { momentum, nesterov, rmsRate } = this.own;
    const [mean] = slots as [Variable];
    decayed(variable, rate, this.decayOf(variable));
    mean.assign(ops.add(ops.mul(mean, momentum), gradient));
    const direction = this.whitened(nesterov ? ops.add(gradient, ops.mul(mean, momentum)) : mean);
    const scale = rmsRate === null ? 1 : Math.sqrt(Math.max(...variable.shape)) * rmsRate;
    variable.assign(ops.sub(variable, ops.mul(ops.mul(direction, rate), scale)));
  }

  /** Singular values near 1, by a polynomial of the matrix (Newton and Schulz). */
  private whitened(matrix: Tensor): Tensor {
    const { muonA, muonB, muonC, nsSteps } = this.own;
    const tall = matrix.shape[0]! > matrix.shape[1]!;
    let x = tall ? ops.transpose(matrix) : matrix;
    x = ops.div(x, ops.add(ops.sqrt(ops.sumSquares(x)), 1e-7));
    for (let i = 0; i < nsSteps; i++) {
      const square = ops.matmul(x, x, { transposeB: true });
      const both = ops.add(ops.mul(square, muonB), ops.mul(ops.matmul(square, square), muonC));
      x = ops.add(ops.mul(x, muonA), ops.matmul(both, x));
    }
    return tall ? ops.transpose(x) : x;
  }

  protected ownConfig(): Config {
    return this.own;
  }
}

/**
 * Orthogonal steps for the matrices of dense layers; biases, embeddings and filters of convolutions are Adam's.
 *
 * @example
 * optimizers.muon({ learningRate: 0.02, adamLrRatio: 0.05 });
 */
export function muon(options: number | MuonOptions = {}): Muon {
  return new Muon(typeof options === 'number' ? { learningRate: options } : options);
}

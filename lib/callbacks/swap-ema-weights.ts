/** The moving averages in place of the weights, for validations. Source: Keras 3, `keras.callbacks.SwapEMAWeights`. */
import { ArgumentError } from '../errors.js';
import { flag, optional, readOptions } from '../options/index.js';
import type { Variable } from '../tensor/variable.js';
import { Callback, type CallbackState } from './callback.js';

export interface SwapEMAWeightsOptions {
  /** Exchanges around the end of an epoch as well, for callbacks that save there; false. */
  swapOnEpoch?: boolean;
}

/** What this callback needs of a model beyond what all callbacks see. */
interface Averaged {
  readonly trainableWeights: readonly Variable[];
  readonly optimizer: { readonly usesAverages: boolean; readonly iterations: number; swapAverages(variables: readonly Variable[]): void };
}

export class SwapEMAWeights extends Callback {
  readonly className = 'SwapEMAWeights';
  private readonly swapOnEpoch: boolean;
  private swapped = false;

  constructor(options: SwapEMAWeightsOptions = {}) {
    super();
    this.swapOnEpoch = readOptions('swapEMAWeights', options, { swapOnEpoch: optional(flag, false) }).swapOnEpoch;
  }

  private get averaged(): Averaged {
    const model = this.model as unknown as Averaged;
    if (model.optimizer.usesAverages) return model;
    throw new ArgumentError({
      where: 'swapEMAWeights',
      expected: 'an optimizer that keeps moving averages',
      received: 'one without',
      hint: 'compile with an optimizer of useEma: true',
    });
  }

  private swap(averages: boolean): void {
    const { optimizer, trainableWeights } = this.averaged;
    if (this.swapped === averages || optimizer.iterations === 0) return;
    optimizer.swapAverages(trainableWeights);
    this.swapped = averages;
  }

  override getState(): CallbackState {
    return { swapped: this.swapped };
  }

  override setState(state: CallbackState): void {
    this.swapped = state['swapped'] as boolean;
  }

  override onTrainBegin(): void {
    this.swapped = false;
    void this.averaged;
  }

  override onTestBegin(): void {
    this.swap(true);
  }

  override onTestEnd(): void {
    this.swap(false);
  }

  override onPredictBegin(): void {
    this.swap(true);
  }

  override onPredictEnd(): void {
    this.swap(false);
  }

  override onEpochEnd(): void {
    if (this.swapOnEpoch) this.swap(true);
  }

  override onEpochBegin(): void {
    this.swap(false);
  }

  /** `fit` puts the averages into the model at its end; weights that stand in their place go back before. */
  override onTrainEnd(): void {
    this.swapped = false;
  }
}

/**
 * Validates, evaluates and predicts with the optimizer's moving averages of the weights, and goes on training with the weights themselves.
 *
 * @example
 * model.compile({ optimizer: optimizers.adam({ useEma: true }), loss: 'mse' });
 * await model.fit(x, y, { validationSplit: 0.1, callbacks: [callbacks.swapEMAWeights()] });
 */
export function swapEMAWeights(options?: SwapEMAWeightsOptions): SwapEMAWeights {
  return new SwapEMAWeights(options);
}

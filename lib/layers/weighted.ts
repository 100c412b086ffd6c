/** What layers and models do with their weights. */
import { ArgumentError } from '../errors.js';
import { activeRecording } from '../native/recording.js';
import { globalRandom, RandomState } from '../random/state.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { addCallLoss, addCallMetric, type ToldMetric } from './context.js';
import { Variable } from '../tensor/variable.js';
import { Weight, type WeightLike, type WeightOptions, type WeightValue } from './weight.js';

/** The weights of a layer and what it is made of: by the name of a property, or of a part that is none, one layer, several, or mere weights. */
export interface Anatomy {
  readonly own: readonly Weight[];
  readonly parts: readonly (readonly [name: string, part: Weighted | readonly Weighted[] | { readonly weights: readonly Weight[] }])[];
}

/** Something with weights: the part of `Layer` that is about them. */
export abstract class Weighted {
  abstract readonly name: string;
  abstract readonly dtype: DType;
  /** Whether the weights exist. */
  built = false;
  protected readonly ownWeights: Weight[] = [];
  protected learning = true;
  /** Penalties of the last call. */
  protected callLosses: readonly Tensor[] = [];
  /** Figures told in the last call. */
  protected callMetrics: readonly ToldMetric[] = [];

  get trainable(): boolean {
    return this.learning;
  }

  /** Freezes the weights (false) or lets them learn again. A compiled model has to be compiled again to notice. */
  set trainable(value: boolean) {
    this.learning = value;
    for (const weight of this.ownWeights) weight.trainable = value && weight.learns;
    for (const part of this.parts) part.trainable = value;
  }

  /** Layers that are kept in properties, or in lists in properties: their weights are this layer's as well. */
  protected get parts(): readonly Weighted[] {
    return partsOf(this);
  }

  /**
   * @internal What files keep of it, as Keras has it: the weights of its own, those that learn first, and the layers in its properties, by
   * Keras' names for these.
   */
  get anatomy(): Anatomy {
    const all = new Set(this.weights);
    const own = this.ownWeights.filter((weight) => all.has(weight));
    return { own: [...own.filter((weight) => weight.learns), ...own.filter((weight) => !weight.learns)], parts: propertiesOf(this) };
  }

  /** All weights, in Keras' order. */
  get weights(): Weight[] {
    return unique([...this.ownWeights, ...this.parts.flatMap((part) => part.weights)]);
  }

  get trainableWeights(): Weight[] {
    if (!this.learning) return [];
    return unique([...this.ownWeights.filter((weight) => weight.learns), ...this.parts.flatMap((part) => part.trainableWeights)]);
  }

  get nonTrainableWeights(): Weight[] {
    const training = new Set(this.trainableWeights);
    return this.weights.filter((weight) => !training.has(weight));
  }

  /** As `trainableWeights`. */
  get trainableVariables(): Weight[] {
    return this.trainableWeights;
  }

  /** As `nonTrainableWeights`. */
  get nonTrainableVariables(): Weight[] {
    return this.nonTrainableWeights;
  }

  /** @internal All that calls and training change on the device: the weights, and what is carried from batch to batch. */
  get variables(): Variable[] {
    const plain = (Object.values(this) as unknown[]).filter((value): value is Variable => value instanceof Variable);
    return unique([...this.ownWeights, ...plain, ...this.parts.flatMap((part) => part.variables)]);
  }

  /** @internal The streams of random numbers that are its own or those of its parts; the global one is nobody's. */
  get randomStreams(): RandomState[] {
    const own = (Object.values(this) as unknown[]).filter((value): value is RandomState => value instanceof RandomState);
    return unique([...own, ...this.parts.flatMap((part) => part.randomStreams)]).filter((stream) => stream !== globalRandom);
  }

  /** Adds a weight; for `build` of layers. */
  protected addWeight(options: WeightOptions): Weight {
    const weight = Weight.make(options, options.dtype ?? this.dtype);
    weight.trainable = this.learning && weight.learns;
    this.ownWeights.push(weight);
    return weight;
  }

  /** The values of the weights: typed arrays with their shapes, in Keras' order and layout. */
  async getWeights(): Promise<WeightValue[]> {
    return Promise.all(this.weights.map((weight) => weight.value()));
  }

  /** Sets all weights, from what `getWeights` of a layer like this one returned, or from tensors or arrays in Keras' order and layout. */
  setWeights(values: readonly WeightLike[]): void {
    const { weights } = this;
    const where = `${this.name}.setWeights`;
    if (!this.built) {
      throw new ArgumentError({
        where,
        expected: 'a layer that is built',
        received: 'one without weights yet',
        hint: 'call build(inputShape) first, or give the first layer an inputShape',
      });
    }
    if (!Array.isArray(values) || values.length !== weights.length) {
      throw new ArgumentError({
        where,
        expected: `${weights.length} arrays (${weights.map((weight) => weight.name).join(', ')})`,
        received: Array.isArray(values) ? String(values.length) : typeof values,
      });
    }
    values.forEach((value: WeightLike, i) => weights[i]!.set(value, where));
  }

  /** Number of numbers in the weights. */
  countParams(): number {
    if (!this.built) {
      throw new ArgumentError({
        where: `${this.name}.countParams`,
        expected: 'a layer that is built',
        received: 'one without weights yet',
        hint: 'call build(inputShape) first, or give the first layer an inputShape',
      });
    }
    return this.weights.reduce((sum, weight) => sum + weight.size, 0);
  }

  /** Penalties to add to the loss: of the weights, and of the outputs of the last call. Scalars. */
  get losses(): Tensor[] {
    const penalties = this.trainableWeights.map((weight) => weight.penalty()).filter((penalty) => penalty !== undefined);
    return [...penalties, ...this.callLosses.filter(isAlive)];
  }

  /**
   * Adds a scalar to the losses; inside the `call` of a layer, or of what calls it. Source: Keras 3, Layer.add_loss.
   *
   * @throws ArgumentError outside of a call
   * @example
   * this.addLoss(ops.mean(ops.square(x)));
   */
  addLoss(loss: Tensor): void {
    if (addCallLoss(loss)) return;
    throw new ArgumentError({
      where: `${this.name}.addLoss`,
      expected: 'a call of the layer',
      received: 'none',
      hint: 'use it inside call()',
    });
  }

  /**
   * Tells a figure of the layer, such as the share of its zeros: `fit` and `evaluate` show its mean over the batches under this name. To be
   * used inside the `call` of a layer. Source: Keras 2, Layer.add_metric.
   *
   * @throws ArgumentError outside of a call
   * @example
   * this.addMetric(ops.mean(ops.cast(ops.equal(y, 0), 'float32')), 'zeros');
   */
  addMetric(value: Tensor, name: string): void {
    if (addCallMetric({ name, value })) return;
    throw new ArgumentError({
      where: `${this.name}.addMetric`,
      expected: 'a call of the layer',
      received: 'none',
      hint: 'use it inside call()',
    });
  }

  /** @internal Figures that the last call told, as far as they belong to the step in progress. */
  protected get toldMetrics(): readonly ToldMetric[] {
    return this.callMetrics.filter(({ value }) => isAlive(value));
  }

  /** Releases the weights. The layer cannot be used any more. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Whether a tensor of the last call belongs to what is going on now. */
function isAlive(tensor: Tensor): boolean {
  return !tensor.isDisposed && (!tensor.recording || tensor.recording === activeRecording());
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}

function propertiesOf(owner: Weighted): [string, Weighted | readonly Weighted[]][] {
  return Object.entries(owner).flatMap(([key, value]: [string, unknown]): [string, Weighted | readonly Weighted[]][] => {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (value instanceof Weighted) return [[name, value]];
    const list = Array.isArray(value) ? value.filter((one): one is Weighted => one instanceof Weighted) : [];
    return list.length === 0 ? [] : [[name, list.length === (value as unknown[]).length ? (value as Weighted[]) : list]];
  });
}

function partsOf(owner: Weighted): Weighted[] {
  const found: Weighted[] = [];
  for (const value of Object.values(owner) as unknown[]) {
    if (value instanceof Weighted) found.push(value);
    else if (Array.isArray(value)) found.push(...value.filter((one): one is Weighted => one instanceof Weighted));
  }
  return found;
}

/** A recurrent layer that reads sequences from both ends. */
import { ArgumentError } from '../../errors.js';
import * as ops from '../../ops/index.js';
import { type Config, describe, nullable, oneOf, type Reader, readOptions, serialize } from '../../options/index.js';
import type { DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { type CallOptions, common, Layer, type LayerOptions, layerReaders } from '../layer.js';
import { fromConfig, registerLayer } from '../registry.js';
import { type BatchShape, type Dim, isShapeList, type Shapes } from '../symbolic.js';
import { layerReader } from '../wrapper.js';
import { RNN } from './rnn.js';

export type MergeMode = 'concat' | 'sum' | 'ave' | 'mul' | null;

/** Options of `layers.bidirectional`. */
export interface BidirectionalOptions extends LayerOptions {
  /** The layer; both directions are made from its config. */
  layer: RNN;
  /** How the two outputs become one; null: they stay two. */
  mergeMode?: MergeMode;
  /** Another layer for the way back, which has to go backwards. */
  backwardLayer?: RNN | null;
}

const recurrent: Reader<RNN> = (value, where) => {
  const made = layerReader(value, where);
  if (made instanceof RNN) return made;
  throw new ArgumentError({ where, expected: 'a recurrent layer', received: describe(value), hint: 'for example layers.lstm(32)' });
};

const readers = {
  ...layerReaders,
  layer: recurrent,
  mergeMode: ((value, where) =>
    value === undefined ? 'concat' : nullable(oneOf('concat', 'sum', 'ave', 'mul'))(value, where)) as Reader<MergeMode>,
  backwardLayer: nullable(recurrent),
};

/** Two recurrent layers over the same sequence, one from its end. */
export class Bidirectional extends Layer {
  readonly forwardLayer: RNN;
  readonly backwardLayer: RNN;
  readonly mergeMode: MergeMode;
  private readonly ownBackward: boolean;

  constructor(options: BidirectionalOptions) {
    const read = readOptions('bidirectional', options, readers);
    super(common(read));
    const { layer, backwardLayer } = read;
    const config = layer.getConfig();
    const name = layer.name.replace(/^forward_/, '');
    const zeroOutputForMask = layer.sequence.returnSequences;
    const copy = (of: RNN, more: Config): RNN => fromConfig({ className: of.className, config: { ...of.getConfig(), ...more } }) as RNN;
    this.forwardLayer = copy(layer, { name: `forward_${name}`, zeroOutputForMask });
    this.ownBackward = backwardLayer !== null;
    this.backwardLayer = backwardLayer
      ? copy(backwardLayer, { zeroOutputForMask })
      : copy(layer, { name: `backward_${name}`, goBackwards: config['goBackwards'] !== true, zeroOutputForMask });
    this.mergeMode = read.mergeMode;
    this.check();
  }

  private check(): void {
    const [one, other] = [this.forwardLayer.sequence, this.backwardLayer.sequence];
    const differ = (['returnSequences', 'returnState', 'stateful'] as const).find((key) => one[key] !== other[key]);
    if (one.goBackwards !== other.goBackwards && !differ) return;
    throw new ArgumentError({
      where: 'bidirectional backwardLayer',
      expected: differ ? `the ${differ} of the layer, ${one[differ]}` : 'a layer that goes the other way',
      received: differ ? String(other[differ]) : `goBackwards: ${other.goBackwards}`,
      hint: differ ? undefined : 'give it goBackwards: true',
    });
  }

  override get className(): string {
    return 'Bidirectional';
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  protected override get takes(): 'either' {
    return 'either';
  }

  override get supportsMasking(): boolean {
    return true;
  }

  /** The shapes that each direction sees: the sequence, and its half of the initial states. */
  private halves<T>(list: readonly T[]): [T | T[], T | T[]] {
    const [sequence, ...states] = list as [T, ...T[]];
    if (states.length === 0) return [sequence, sequence];
    const half = states.length / 2;
    return [
      [sequence, ...states.slice(0, half)],
      [sequence, ...states.slice(half)],
    ];
  }

  override build(inputShape: Shapes): void {
    const [one, other] = this.halves<BatchShape>(isShapeList(inputShape) ? inputShape : [inputShape]);
    for (const [layer, shape] of [[this.forwardLayer, one] as const, [this.backwardLayer, other] as const]) {
      if (layer.built) continue;
      layer.build(shape);
      layer.built = true;
    }
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    const [one, other] = this.halves<BatchShape>(isShapeList(inputShape) ? inputShape : [inputShape]);
    const list = (shape: Shapes): readonly BatchShape[] => (isShapeList(shape) ? shape : [shape]);
    const [a, ...aStates] = list(this.forwardLayer.computeOutputShape(one)) as [BatchShape, ...BatchShape[]];
    const [b, ...bStates] = list(this.backwardLayer.computeOutputShape(other)) as [BatchShape, ...BatchShape[]];
    const states = [...aStates, ...bStates];
    if (this.mergeMode === null) return [a, b, ...states];
    const together = (x: Dim, y: Dim): Dim => (x === null || y === null ? null : x + y);
    const merged = this.mergeMode === 'concat' ? [...a.slice(0, -1), together(a.at(-1)!, b.at(-1)!)] : a;
    return states.length > 0 ? [merged, ...states] : merged;
  }

  protected override outputDType(): DType {
    return this.forwardLayer.dtype;
  }

  override call(inputs: Tensor | readonly Tensor[], { training = false, mask }: CallOptions): Tensor | readonly Tensor[] {
    const [one, other] = this.halves<Tensor>(inputs instanceof Tensor ? [inputs] : inputs);
    const own = (Array.isArray(mask) ? (mask as (Tensor | undefined)[])[0] : mask) as Tensor | undefined;
    const run = (layer: RNN, given: Tensor | Tensor[]): readonly Tensor[] => {
      const options = { training, ...(own && { mask: Array.isArray(given) ? [own] : own }) };
      const result = layer.apply(given as never, options) as unknown as Tensor | readonly Tensor[];
      return result instanceof Tensor ? [result] : result;
    };
    const [a, ...aStates] = run(this.forwardLayer, one) as [Tensor, ...Tensor[]];
    const [last, ...bStates] = run(this.backwardLayer, other) as [Tensor, ...Tensor[]];
    // The second direction's outputs come in the order in which they were made.
    const b = this.forwardLayer.sequence.returnSequences ? ops.flip(last, 1) : last;
    const states = [...aStates, ...bStates];
    const { mergeMode } = this;
    if (mergeMode === null) return [a, b, ...states];
    const merged =
      mergeMode === 'concat'
        ? ops.concatenate([a, b], { axis: -1 })
        : mergeMode === 'mul'
          ? ops.mul(a, b)
          : mergeMode === 'ave'
            ? ops.mul(ops.add(a, b), 0.5)
            : ops.add(a, b);
    return states.length > 0 ? [merged, ...states] : merged;
  }

  protected override computeMask(_inputs: readonly Tensor[], mask: CallOptions['mask']): (Tensor | undefined)[] {
    const own = (Array.isArray(mask) ? (mask as (Tensor | undefined)[])[0] : mask) as Tensor | undefined;
    if (!this.forwardLayer.sequence.returnSequences) return [];
    return this.mergeMode === null ? [own, own] : [own];
  }

  /** Where it is stateful: the next batch begins with zeros. */
  resetStates(): void {
    this.forwardLayer.resetStates();
    this.backwardLayer.resetStates();
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      layer: serialize(this.forwardLayer),
      mergeMode: this.mergeMode,
      ...(this.ownBackward && { backwardLayer: serialize(this.backwardLayer) }),
    };
  }
}

registerLayer('Bidirectional', Bidirectional);

/**
 * Runs a recurrent layer from both ends of the sequence and joins what comes out. Source: Keras 3, keras.layers.Bidirectional.
 *
 * Shapes: those of the layer, with twice as many features where the outputs are joined ('concat'); with `mergeMode: null` two outputs. Weights:
 * those of the forward layer, then those of the backward layer.
 *
 * @example
 * layers.bidirectional(layers.lstm(32, { returnSequences: true }), { mergeMode: 'sum' });
 */
export function bidirectional(layer: RNN, options?: Omit<BidirectionalOptions, 'layer'>): Bidirectional;
export function bidirectional(options: BidirectionalOptions): Bidirectional;
export function bidirectional(layer: RNN | BidirectionalOptions, options?: object): Bidirectional {
  return new Bidirectional(layer instanceof RNN ? { ...options, layer } : layer);
}

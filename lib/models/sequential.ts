/** Models whose layers follow each other. */
import { ArgumentError } from '../errors.js';
import { InputLayer } from '../layers/input-layer.js';
import { Layer } from '../layers/layer.js';
import { fromConfig, registerLayer } from '../layers/registry.js';
import type { Anatomy } from '../layers/weighted.js';
import { type BatchShape, type Dim, isShapeList, type Shapes, SymbolicTensor } from '../layers/symbolic.js';
import { type Config, describe, flag, nullable, optional, readOptions, serialize, type Serialized, text } from '../options/index.js';
import type { AnyShape, ChainOutput, Check, CheckChain, OutputShape } from '../types/layer.js';
import type { Dims, Shape } from '../types/shape.js';
import { Graph } from './graph.js';
import { Model } from './model.js';
import { type ModelOptions, ModelStructure } from './structure.js';

const readers = { name: nullable(text), trainable: optional(flag, true) };

/** A model whose layers follow each other. `In` and `Out` are shapes without the batch. */
export class Sequential<In extends Shape = AnyShape, Out extends Shape = AnyShape> extends Model<In, Out> {
  protected override graph: Graph | undefined = undefined;
  private readonly chain: Layer[] = [];
  private start: InputLayer | undefined;
  private end: SymbolicTensor | undefined;

  constructor(options?: ModelOptions) {
    super(readOptions('sequential', options, readers));
  }

  override get className(): string {
    return 'Sequential';
  }

  override get layers(): readonly Layer[] {
    return [...this.chain];
  }

  protected override get isCallable(): boolean {
    return true;
  }

  /** @internal What the list of layers is made of is no part besides. */
  override get anatomy(): Anatomy {
    const { own, parts } = super.anatomy;
    return { own, parts: parts.filter(([, part]) => part !== this.start && part !== this.chain) };
  }

  /** @internal Fixes the input before there are layers. */
  begin(start: InputLayer): this {
    this.start = start;
    this.end = start.output as SymbolicTensor;
    for (const layer of this.chain) this.extend(layer);
    this.finish();
    return this;
  }

  /**
   * Adds a layer (or a model) to the end and returns the model.
   *
   * @example
   * const net = sequential([4]).add(layers.dense(8, { activation: 'relu' })).add(layers.dense(3));
   */
  add<L extends Layer>(layer: Check<L, Out>): Sequential<In, OutputShape<L, Out>>;
  add(layer: unknown): Sequential {
    if (!(layer instanceof Layer)) {
      throw new ArgumentError({
        where: `${this.name}.add`,
        expected: 'a layer or a model',
        received: describe(layer),
        hint: 'for example layers.dense(10)',
      });
    }
    if (layer instanceof InputLayer) {
      if (this.start || this.chain.length > 0) {
        throw new ArgumentError({ where: `${this.name}.add`, expected: 'an input as the first layer', received: 'a second one' });
      }
      return this.begin(layer);
    }
    if (this.chain.some((other) => other.name === layer.name)) {
      throw new ArgumentError({
        where: `${this.name}.add`,
        expected: 'layers of different names',
        received: `a second '${layer.name}'`,
        hint: this.chain.includes(layer) ? 'a layer is added once; use a functional model to share it' : 'change one name',
      });
    }
    if (!this.start && this.chain.length === 0) {
      const shape = firstShape(layer);
      if (shape) this.begin(new InputLayer({ batchShape: shape }));
    }
    if (this.start) this.extend(layer);
    this.chain.push(layer);
    this.finish();
    return this;
  }

  /** Takes the last layer off and returns it. */
  pop(): Layer {
    const layer = this.chain.at(-1);
    if (!layer) throw new ArgumentError({ where: `${this.name}.pop`, expected: 'a model with layers', received: 'one without' });
    this.chain.pop();
    if (this.start) {
      // The placeholder before this layer is the end again, and the layer forgets the call.
      const at = layer.inboundNodes.findIndex((node) => node.outputs[0] === this.end);
      this.end = layer.inboundNodes[at]!.inputs[0];
      if (at === layer.inboundNodes.length - 1) layer.inboundNodes.pop();
      this.finish();
    }
    return layer;
  }

  /** Applies a layer to the end of the chain. */
  private extend(layer: Layer): void {
    const next: unknown = layer.apply(this.end!);
    if (next instanceof SymbolicTensor) {
      this.end = next;
      return;
    }
    throw new ArgumentError({
      where: `${this.name}.add`,
      expected: 'a layer with one output',
      received: `${layer.name} with ${(next as unknown[]).length}`,
      hint: 'use a functional model',
    });
  }

  private finish(): void {
    this.built = this.start !== undefined && this.chain.length > 0;
    this.graph = this.built ? new Graph([this.start!.output as SymbolicTensor], [this.end!], this.name) : undefined;
    this.buildShape = this.built ? this.start!.batchShape : undefined;
  }

  /** Makes the weights for an input shape, the batch in front, where the model was made without one. */
  override build(inputShape: Shapes): void {
    if (this.graph) return;
    if (isShapeList(inputShape)) {
      throw new ArgumentError({
        where: `${this.name}.build`,
        expected: 'one shape',
        received: `${inputShape.length}`,
        hint: 'use a functional model',
      });
    }
    if (this.chain.length === 0) {
      throw new ArgumentError({
        where: `${this.name}.build`,
        expected: 'a model with layers',
        received: 'one without',
        hint: 'add layers first',
      });
    }
    this.begin(new InputLayer({ batchShape: inputShape }));
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    this.build(inputShape);
    return super.computeOutputShape(inputShape);
  }

  override getConfig(): Config {
    const layers = [...(this.start ? [this.start] : []), ...this.chain].map((layer) => serialize(layer));
    return {
      name: this.name,
      trainable: this.trainable,
      dtype: this.dtype,
      layers,
      ...(this.start && { buildInputShape: this.start.batchShape }),
    };
  }

  static override fromConfig(config: Config): Sequential {
    const { name, trainable, layers, buildInputShape } = config as unknown as {
      name?: string;
      trainable?: boolean;
      layers: Serialized[];
      buildInputShape?: BatchShape;
    };
    const made: Sequential = new Sequential({ name, trainable });
    for (const layer of layers) made.add(fromConfig(layer));
    if (buildInputShape && !made.built && made.chain.length > 0) made.build(buildInputShape);
    return made;
  }
}

/** The input shape that a first layer says, with the batch. */
function firstShape(layer: Layer): BatchShape | undefined {
  if (layer instanceof ModelStructure && layer.built) {
    const shape = layer.inputShape;
    return isShapeList(shape) ? undefined : shape;
  }
  return layer.givenInputShape ? [null, ...layer.givenInputShape] : undefined;
}

registerLayer('Sequential', Sequential);

function isShape(value: unknown): value is readonly Dim[] {
  return Array.isArray(value) && value.every((dim) => dim === null || typeof dim === 'number');
}

/**
 * A model whose layers follow each other: an input shape (without the batch), then `add`, or a list of layers. Without an input shape the
 * weights are made when the first data arrive. Source: Keras 3, keras.Sequential.
 *
 * @example
 * const net = sequential([28, 28, 1]).add(layers.flatten()).add(layers.dense(10, { activation: 'softmax' }));
 * const same = sequential([28, 28, 1], [layers.flatten(), layers.dense(10, { activation: 'softmax' })]);
 * const later = sequential([layers.flatten(), layers.dense(10)]);
 */
export function sequential(options?: ModelOptions): Sequential;
export function sequential<const S extends readonly Dim[]>(inputShape: S, options?: ModelOptions): Sequential<Dims<S>, Dims<S>>;
export function sequential<const S extends readonly Dim[], const Ls extends readonly Layer[]>(
  inputShape: S,
  layers: readonly [...Ls] & CheckChain<Ls, Dims<S>>,
  options?: ModelOptions,
): Sequential<Dims<S>, ChainOutput<Ls, Dims<S>>>;
export function sequential(layers: readonly Layer[], options?: ModelOptions): Sequential;
export function sequential(...args: readonly unknown[]): Sequential {
  const rest = [...args];
  const shape = isShape(rest[0]) && (rest[0].length > 0 || Array.isArray(rest[1])) ? (rest.shift() as readonly Dim[]) : undefined;
  const list = Array.isArray(rest[0]) ? (rest.shift() as readonly Layer[]) : [];
  const made: Sequential = new Sequential(rest[0] as ModelOptions | undefined);
  if (shape) made.begin(new InputLayer({ shape }));
  for (const layer of list) made.add(layer);
  return made;
}

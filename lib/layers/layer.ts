/** The base of all layers: weights, building, calling, configuration. A layer is one file that says its shape, its weights and its call. */
import { isTaping } from '../autodiff/tape.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { activeRecording } from '../native/recording.js';
import { onDeviceOf } from '../ops/define.js';
import { cast, multiply } from '../ops/index.js';
import { type Config, flag, nullable, optional, readOptions, serialize, shape as shapeReader, text } from '../options/index.js';
import { dtype as anyDType, floatDtype } from '../options/readers.js';
import { regularizer as regularizerReader, type Regularizer, type RegularizerLike } from '../regularizers/index.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';
import type { AnyShape, BatchOf, CheckInput, InputOf, LayerInput, OutputOf, ShapeFn, SymbolicInput } from '../types/layer.js';
import { oneInput, severalInputs } from '../types/messages.js';
import type { Batched, Shape } from '../types/shape.js';
import { addCallLoss, inCall, insideCall, maskOf, setMask, type Told, trainingOr } from './context.js';
import { floatx } from './defaults.js';
import { autoName, camelCase } from './names.js';
import { type BatchShape, isShapeList, type Node, type Shapes, SymbolicTensor } from './symbolic.js';
import { trace } from './trace.js';
import { Weighted } from './weighted.js';

/** Options of every layer. */
export interface LayerOptions {
  /** Unique within a model; dense, dense_1 ... by itself. */
  name?: string | null;
  /** Whether training changes the weights. */
  trainable?: boolean;
  /** Element type of weights and results; float32 where `setFloatx` said nothing else. */
  dtype?: 'float32' | 'float64' | null;
  /** Shape of the input without the batch, for the first layer of a sequential model. */
  inputShape?: readonly (number | null)[] | null;
  /** A penalty on the output, divided by the batch size. */
  activityRegularizer?: RegularizerLike | null;
}

export const layerReaders = {
  name: nullable(text),
  trainable: optional(flag, true),
  dtype: nullable(floatDtype),
  inputShape: nullable(shapeReader),
  activityRegularizer: nullable(regularizerReader),
};

/** How a layer is called. */
export interface CallOptions {
  /** Training or inference; where absent, that of the call around this one, else inference. */
  training?: boolean;
  /** Which steps are real (bool), where the input has a mask; one a input. */
  mask?: Tensor | readonly (Tensor | undefined)[];
  /** Attention: no query looks at later keys. */
  useCausalMask?: boolean;
  /** Attention: gives the weights of the keys after the output. */
  returnAttentionScores?: boolean;
  /** Attention: where queries may look, [batch, queries, keys] or with the heads after the batch. Tensors only, not placeholders. */
  attentionMask?: Tensor;
  /** Reversible embedding: from vectors back to scores of the indices. */
  reverse?: boolean;
}

/** What a call on placeholders keeps of the options, beside `training`. */
export type CallFlags = Pick<CallOptions, (typeof callFlags)[number]>;

/** Their names. */
export const callFlags = ['useCausalMask', 'returnAttentionScores', 'reverse'] as const;

function flagsOf(options: CallOptions): CallFlags | undefined {
  const set = callFlags.filter((flag) => options[flag]);
  return set.length === 0 ? undefined : Object.fromEntries(set.map((flag) => [flag, true]));
}

/** Placeholders of one output shape, or of several. */
type Placeholders<R> = R extends Shape ? SymbolicTensor<R> : { -readonly [K in keyof R]: SymbolicTensor<Extract<R[K], Shape>> };

/** Tensors of one output shape, or of several, with the batch N in front. */
type Results<R, N extends number> = R extends Shape
  ? Tensor<Batched<R, N>>
  : { -readonly [K in keyof R]: Tensor<Batched<Extract<R[K], Shape>, N>> };

/** What a layer with output R makes of X: placeholders of placeholders, tensors of tensors. */
export type Applied<X, R> = X extends SymbolicInput ? Placeholders<R> : Results<R, BatchOf<X>>;

/**
 * The base class of layers; also of your own. A layer overrides `build` (to add weights), `call`, and, where it is not to be found by trying,
 * `computeOutputShape`.
 *
 * @example
 * class Scale extends Layer {
 *   override build(inputShape: Shapes): void {
 *     this.factor = this.addWeight({ name: 'factor', shape: [], initializer: initializers.ones() });
 *     super.build(inputShape);
 *   }
 *   override call(x: Tensor): Tensor {
 *     return ops.mul(x, this.factor);
 *   }
 * }
 */
export abstract class Layer<F extends ShapeFn = AnyShape> extends Weighted {
  /** For the compiler: what the layer makes of a shape. */
  declare readonly __shape: F;
  readonly name: string;
  readonly dtype: DType;
  readonly activityRegularizer: Regularizer | null;
  /** The `inputShape` option. */
  readonly givenInputShape: readonly (number | null)[] | null;
  /** @internal Calls on placeholders. */
  readonly inboundNodes: Node[] = [];
  /** @internal What `build` was called with. */
  buildShape: Shapes | undefined;

  constructor(options: Omit<LayerOptions, 'dtype'> & { dtype?: DType | null } = {}) {
    super();
    const read = readOptions(this.kind, options, { ...layerReaders, dtype: nullable(anyDType) });
    if (read.name?.includes('/')) {
      throw new ArgumentError({ where: `${this.kind} name`, expected: "a name without '/'", received: `'${read.name}'` });
    }
    this.name = read.name ?? autoName(this.className);
    this.learning = read.trainable;
    this.dtype = read.dtype ?? floatx();
    this.givenInputShape = read.inputShape;
    this.activityRegularizer = read.activityRegularizer;
  }

  /** Name of the class, as Keras has it. */
  get className(): string {
    return this.constructor.name;
  }

  /** Element type that the layer computes in: there is no mixed precision. */
  get computeDtype(): DType {
    return this.dtype;
  }

  /** Element type of its weights. */
  get variableDtype(): DType {
    return this.dtype;
  }

  /** Name of the factory: what errors are headed with. */
  get kind(): string {
    return camelCase(this.className);
  }

  /** Which inputs are cast to the layer's dtype: all, floats only, or none. */
  protected get casts(): 'all' | 'floats' | 'none' {
    return 'floats';
  }

  /** Whether it takes one tensor, a list of them, or either. */
  protected get takes(): 'one' | 'list' | 'either' {
    return 'one';
  }

  /** Whether a mask of the input goes on to the output. */
  get supportsMasking(): boolean {
    return false;
  }

  // Shapes

  /** Makes the weights for an input shape (with the batch in front). Overrides end with `super.build(inputShape)`. */
  build(inputShape: Shapes): void {
    this.buildShape = inputShape;
    this.built = true;
  }

  /** The output shape for an input shape, both with the batch in front. Where a layer does not override it, `call` is tried out. */
  computeOutputShape(inputShape: Shapes, flags?: CallFlags): Shapes {
    return this.tracedShape(inputShape, flags);
  }

  /** The output shape, found by trying `call` with inputs of these dtypes (the layer's where they are not given). */
  protected tracedShape(inputShape: Shapes, flags?: CallFlags, dtypes?: readonly DType[]): Shapes {
    this.ensureBuilt(inputShape);
    const list = isShapeList(inputShape);
    const shapes = list ? inputShape : [inputShape];
    const { shapes: found, isList } = this.traced(
      shapes,
      shapes.map((_, i) => dtypes?.[i] ?? this.dtype),
      list,
      flags,
    );
    return isList ? found : found[0]!;
  }

  private traced(shapes: readonly BatchShape[], dtypes: readonly DType[], list: boolean, flags?: CallFlags): ReturnType<typeof trace> {
    return trace(shapes, dtypes, (inputs) =>
      inCall(
        false,
        () => this.call(list ? inputs : inputs[0]!, { ...flags, training: false }),
        () => undefined,
      ),
    );
  }

  /** Whether `computeOutputShape` is a rule, not a trial. */
  protected get hasShapeRule(): boolean {
    return this.computeOutputShape !== Layer.prototype.computeOutputShape;
  }

  /** The dtype of the output for those of the inputs. */
  protected outputDType(inputs: readonly DType[], _flags?: CallFlags, _output?: number): DType {
    return this.casts === 'all' || isFloat(inputs[0]!) ? this.dtype : inputs[0]!;
  }

  /** Refuses an axis of another length than the weights were made for. */
  protected expectAxis(shape: BatchShape, axis: number, length: number | undefined, what: string): void {
    const given = shape.at(axis) ?? null;
    if (length === undefined || given === null || given === length) return;
    throw new ShapeError({
      where: this.kind,
      expected: `${length} ${what}, as ${this.name} was built for`,
      received: `[${shape
        .slice(1)
        .map((dim) => dim ?? '?')
        .join(', ')}]`,
      hint: `give it an input of the same ${what}, or use another layer`,
    });
  }

  private ensureBuilt(inputShape: Shapes): void {
    if (this.built) return;
    this.build(inputShape);
    this.built = true;
    this.buildShape ??= inputShape;
  }

  /** Refuses a wrong number of inputs, and what the rule for the output shape refuses. */
  protected checkInput(inputShape: Shapes, flags?: CallFlags): void {
    this.checkCount(inputShape);
    if (this.hasShapeRule) this.computeOutputShape(inputShape, flags);
  }

  protected checkCount(inputShape: Shapes): void {
    const list = isShapeList(inputShape);
    if (list && this.takes === 'one') throw new ShapeError(oneInput(this.kind, inputShape.length));
    if (!list && this.takes === 'list') throw new ShapeError(severalInputs(this.kind));
  }

  // Calls

  /** What the layer does to tensors. Called by `apply`, which has built it, checked the shapes and cast the inputs. */
  abstract call(inputs: Tensor | readonly Tensor[], options: CallOptions): Tensor | readonly Tensor[];

  /**
   * The mask of the output, or one for each of several outputs (undefined: none). Called where an input has a mask and `supportsMasking`
   * says that the layer knows masks; outputs that `call` gave a mask with `setMask` keep that.
   */
  protected computeMask(_inputs: readonly Tensor[], mask: CallOptions['mask']): Tensor | undefined | readonly (Tensor | undefined)[] {
    return mask instanceof Tensor ? mask : mask?.find((one) => one !== undefined);
  }

  /**
   * Applies the layer: to placeholders, which makes a part of a functional model, or to tensors, which computes.
   *
   * @example
   * const y = layers.dense(10).apply(x);
   * const sum = layers.add().apply([a, b]);
   */
  apply<const X extends LayerInput>(inputs: CheckInput<this, X>, options?: CallOptions): Applied<X, OutputOf<this, InputOf<X>>>;
  apply(inputs: unknown, options: CallOptions = {}): unknown {
    const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [inputs];
    const given = list as readonly (SymbolicTensor | Tensor)[];
    if (list.length > 0 && given.every((input) => input instanceof SymbolicTensor)) {
      return this.applySymbolic(given as SymbolicTensor[], Array.isArray(inputs), options);
    }
    if (list.length > 0 && given.every((input) => input instanceof Tensor)) {
      return this.applyTensors(given, Array.isArray(inputs), options);
    }
    throw new ArgumentError({
      where: this.kind,
      expected: 'a tensor or what input() and apply() return, or a list of either',
      received: list.length === 0 ? 'an empty list' : list.map(typeName).join(', '),
      hint: 'make tensors of numbers with tensor([...])',
    });
  }

  private applySymbolic(inputs: readonly SymbolicTensor[], inputIsList: boolean, options: CallOptions): unknown {
    const shapes = inputs.map((input) => input.shape);
    const shape: Shapes = inputIsList ? shapes : shapes[0]!;
    const flags = flagsOf(options);
    this.checkInput(shape, flags);
    this.ensureBuilt(shape);
    const dtypes = inputs.map((input) => input.dtype);
    let spec: { shapes: readonly BatchShape[]; dtypes: readonly DType[]; isList: boolean };
    if (this.hasShapeRule) {
      const found = this.computeOutputShape(shape, flags);
      const isList = isShapeList(found);
      const all = isList ? found : [found];
      spec = { shapes: all, dtypes: all.map((_, output) => this.outputDType(dtypes, flags, output)), isList };
    } else {
      spec = this.traced(shapes, this.castDTypes(dtypes), inputIsList, flags);
    }
    return this.connect(inputs, inputIsList, spec, options.training, flags);
  }

  /** @internal Adds a node with new placeholders for its outputs. */
  protected connect(
    inputs: readonly SymbolicTensor[],
    inputIsList: boolean,
    spec: { shapes: readonly BatchShape[]; dtypes: readonly DType[]; isList: boolean },
    training?: boolean,
    flags?: CallFlags,
  ): SymbolicTensor | SymbolicTensor[] {
    const nodeIndex = this.inboundNodes.length;
    const outputs = spec.shapes.map(
      (shape, tensorIndex) => new SymbolicTensor(shape, spec.dtypes[tensorIndex]!, this.name, { layer: this, nodeIndex, tensorIndex }),
    );
    this.inboundNodes.push({ layer: this, inputs: [...inputs], outputs, inputIsList, outputIsList: spec.isList, training, flags });
    return spec.isList ? outputs : outputs[0]!;
  }

  private applyTensors(inputs: readonly Tensor[], inputIsList: boolean, options: CallOptions): Tensor | readonly Tensor[] {
    for (const input of inputs) input.check(this.kind);
    const shape: Shapes = inputIsList ? inputs.map((input) => input.shape) : inputs[0]!.shape;
    this.checkInput(shape, flagsOf(options));
    this.ensureBuilt(shape);
    const training = trainingOr(options.training);
    // Activations are only kept where a tape may want them.
    return this.collecting(training, () => {
      const masks = options.mask ?? (inputs.some(maskOf) ? inputs.map(maskOf) : undefined);
      const mask = Array.isArray(masks) && !inputIsList ? (masks[0] as Tensor | undefined) : masks;
      const cast = this.castInputs(inputs);
      const result = onDeviceOf(cast[0]!, () => this.call(inputIsList ? cast : cast[0]!, { ...options, training, mask }));
      const outputs = result instanceof Tensor ? [result] : result;
      if (mask !== undefined && this.supportsMasking) {
        const passed = this.computeMask(inputs, mask);
        outputs.forEach((output, i) => {
          const ofOutput = passed instanceof Tensor ? passed : passed?.[i];
          if (ofOutput && !maskOf(output)) setMask(output, ofOutput);
        });
      }
      if (this.activityRegularizer) for (const output of outputs) this.addActivityPenalty(this.activityRegularizer, output);
      return result;
    });
  }

  /** @internal Runs a call; as the outermost one it keeps the penalties, and frees what no tape needs. */
  protected collecting<T extends Tensor | readonly Tensor[]>(training: boolean, fn: () => T): T {
    const run = (): { result: T; told: Told; values: readonly Tensor[]; kept: readonly (Tensor | undefined)[] } => {
      let told: Told = { losses: [], metrics: [] };
      const result = inCall(training, fn, (found) => (told = found));
      const outputs: readonly Tensor[] = result instanceof Tensor ? [result] : result;
      const values = [...told.losses, ...told.metrics.map(({ value }) => value)];
      return { result, told, values, kept: outputs.flatMap((output) => [maskOf(output), output.provenance?.input]) };
    };
    if (insideCall()) return run().result;
    const { result, told } = isTaping() || activeRecording() ? run() : tidy(run);
    this.callLosses = told.losses;
    this.callMetrics = told.metrics;
    return result;
  }

  private addActivityPenalty(regularizer: Regularizer, output: Tensor): void {
    const batch = output.shape[0] ?? 1;
    addCallLoss(scaled(regularizer.call(output), 1 / Math.max(batch, 1)));
  }

  private castDTypes(dtypes: readonly DType[]): DType[] {
    return dtypes.map((from) => (this.casts === 'all' || (this.casts === 'floats' && isFloat(from)) ? this.dtype : from));
  }

  private castInputs(inputs: readonly Tensor[]): readonly Tensor[] {
    if (this.casts === 'none') return inputs;
    return inputs.map((input) => {
      const wanted = input.dtype !== this.dtype && (this.casts === 'all' || isFloat(input.dtype));
      return wanted ? cast(input, this.dtype) : input;
    });
  }

  // The place in a model

  private onlyNode(what: string): Node {
    const [node, ...more] = this.inboundNodes;
    if (node && more.length === 0) return node;
    throw new ArgumentError({
      where: `${this.name}.${what}`,
      expected: 'a layer that was applied once',
      received: node ? `one applied ${more.length + 1} times` : 'one that was not applied yet',
      hint: node ? 'keep what apply() returned instead' : 'apply it, or add it to a model with an input shape',
    });
  }

  /** What the layer was applied to: the input of a model that begins here. */
  get input(): SymbolicTensor | readonly SymbolicTensor[] {
    const node = this.onlyNode('input');
    return node.inputIsList ? node.inputs : node.inputs[0]!;
  }

  /** What came out: the output of a model that ends here. */
  get output(): SymbolicTensor | readonly SymbolicTensor[] {
    const node = this.onlyNode('output');
    return node.outputIsList ? node.outputs : node.outputs[0]!;
  }

  /** Shape of the output, the batch in front as null. */
  get outputShape(): Shapes {
    const node = this.onlyNode('outputShape');
    return node.outputIsList ? node.outputs.map((output) => output.shape) : node.outputs[0]!.shape;
  }

  // Configuration

  /** Options to make the layer from again (not its weights). Names are ours; `toKeras` writes Keras'. */
  getConfig(): Config {
    return {
      name: this.name,
      trainable: this.trainable,
      dtype: this.dtype,
      ...(this.activityRegularizer && { activityRegularizer: serialize(this.activityRegularizer) }),
      ...(this.givenInputShape && { inputShape: this.givenInputShape }),
    };
  }

  override toString(): string {
    return `${this.className} ${this.name}`;
  }

  /**
   * A layer of this class from its config, without the weights.
   *
   * @example
   * const other = layers.Dense.fromConfig(hidden.getConfig());
   */
  static fromConfig(config: Config): Layer {
    return new (this as unknown as new (config: Config) => Layer)(config);
  }
}

/** Of a layer's options those that every layer has, for the constructor of the base. */
export function common<O extends LayerOptions>({ name, trainable, dtype, inputShape, activityRegularizer }: O): LayerOptions {
  return { name, trainable, dtype, inputShape, activityRegularizer };
}

function scaled(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : multiply(x, factor);
}

function typeName(value: unknown): string {
  if (value === null || typeof value !== 'object') return typeof value;
  return Array.isArray(value) ? 'a nested list' : (value.constructor?.name ?? 'object');
}

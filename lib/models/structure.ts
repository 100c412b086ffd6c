/**
 * What a model is, apart from its training: a graph of layers with inputs and outputs, which can be called, described, taken apart, and used
 * as a layer of another model. `Model` (model.ts) adds compile, fit, evaluate and predict.
 */
import { ArgumentError } from '../errors.js';
import { trainingOr } from '../layers/context.js';
import { type CallOptions, Layer, type LayerOptions } from '../layers/layer.js';
import { type BatchShape, isShapeList, shapeList, type Shapes, type SymbolicTensor } from '../layers/symbolic.js';
import type { Weight } from '../layers/weight.js';
import { withoutTape } from '../autodiff/tape.js';
import { nearest } from '../options/index.js';
import * as ops from '../ops/index.js';
import type { DType } from '../tensor/dtype.js';
import { tidy } from '../tensor/scope.js';
import type { RandomState } from '../random/state.js';
import { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import type { ModelShape } from '../types/core-layers.js';
import type { AnyShape } from '../types/layer.js';
import type { IsAny, Shape, Shapes as ShapeTypes } from '../types/shape.js';
import type { Graph } from './graph.js';
import { summaryText, type SummaryOptions } from './summary.js';

/** One tensor, or a list of them, by the shapes of the outputs; anything where they are not known. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Results<Out> = IsAny<Out> extends true ? any : Out extends ShapeTypes ? { -readonly [K in keyof Out]: Tensor } : Tensor;

/** Options of all models. */
export interface ModelOptions {
  name?: string | null;
  trainable?: boolean;
}

/**
 * The structure of a model; see the head of the file. Shapes `In` and `Out` are without the batch. A sub-class may have layers in its properties
 * and a `call` of its own instead of a graph.
 */
export abstract class ModelStructure<In extends Shape | ShapeTypes = AnyShape, Out extends Shape | ShapeTypes = AnyShape> extends Layer<
  ModelShape<In, Out>
> {
  /** The calls of layers; undefined while the input shape is not known, and where `call` is the sub-class' own. */
  protected readonly graph: Graph | undefined;
  /** @internal What a model with a call of its own is built for, where the data say so. */
  inputDTypes: readonly DType[] | undefined;

  constructor(options: LayerOptions = {}) {
    super(options);
  }

  override get kind(): string {
    return 'model';
  }

  protected override get casts(): 'none' {
    return 'none';
  }

  protected override get takes(): 'one' | 'list' | 'either' {
    if (!this.graph) return 'either';
    return this.graph.inputs.length === 1 ? 'one' : 'list';
  }

  /** @internal For those who draw the model. */
  get calls(): Graph | undefined {
    return this.graph;
  }

  /** The layers, each once: those of the graph, or those that a sub-class keeps in properties. */
  get layers(): readonly Layer[] {
    return this.parts.filter((part) => part instanceof Layer);
  }

  /** Whether there are outputs for inputs: a model may have steps alone. */
  protected get isCallable(): boolean {
    return this.ownCall || this.graph !== undefined;
  }

  /** Whether a sub-class says itself how its layers follow each other. */
  protected get ownCall(): boolean {
    return this.call !== ModelStructure.prototype.call;
  }

  private known(what: string): Graph {
    if (this.graph) return this.graph;
    throw new ArgumentError({
      where: `${this.name}.${what}`,
      expected: 'a model with a known input shape',
      received: 'one without',
      hint: this.ownCall ? 'a model with a call of its own has none' : 'write sequential([28, 28, 1]), or call build([null, 28, 28, 1])',
    });
  }

  /** Placeholders of the inputs. */
  get inputs(): readonly SymbolicTensor[] {
    return this.known('inputs').inputs;
  }

  /** Placeholders of the outputs. */
  get outputs(): readonly SymbolicTensor[] {
    return this.known('outputs').outputs;
  }

  override get input(): SymbolicTensor | readonly SymbolicTensor[] {
    return this.inputs.length === 1 ? this.inputs[0]! : this.inputs;
  }

  override get output(): SymbolicTensor | readonly SymbolicTensor[] {
    return this.outputs.length === 1 ? this.outputs[0]! : this.outputs;
  }

  /** Shape of the input, the batch in front as null; a list where there are several. */
  get inputShape(): Shapes {
    const shapes = this.inputs.map((input) => input.shape);
    return shapes.length === 1 ? shapes[0]! : shapes;
  }

  /** Shape of the output, the batch in front as null; a list where there are several. */
  override get outputShape(): Shapes {
    const shapes = this.outputs.map((output) => output.shape);
    return shapes.length === 1 ? shapes[0]! : shapes;
  }

  // Weights

  override get trainable(): boolean {
    return super.trainable;
  }

  /** Freezes all layers, or lets them learn again. */
  override set trainable(value: boolean) {
    super.trainable = value;
    for (const layer of this.layers) layer.trainable = value;
  }

  override get weights(): Weight[] {
    return [...new Set([...this.ownWeights, ...this.layers.flatMap((layer) => layer.weights)])];
  }

  override get trainableWeights(): Weight[] {
    if (!this.trainable) return [];
    const own = this.ownWeights.filter((weight) => weight.learns);
    return [...new Set([...own, ...this.layers.flatMap((layer) => layer.trainableWeights)])];
  }

  /** @internal */
  override get variables(): Variable[] {
    return [...new Set([...super.variables, ...this.layers.flatMap((layer) => layer.variables)])];
  }

  /** @internal */
  override get randomStreams(): RandomState[] {
    return [...new Set([...super.randomStreams, ...this.layers.flatMap((layer) => layer.randomStreams)])];
  }

  /** A layer by its name or its place. */
  getLayer(which: string | number): Layer {
    const { layers } = this;
    const found = typeof which === 'number' ? layers.at(which) : layers.find((layer) => layer.name === which);
    if (found && (typeof which === 'string' || Number.isInteger(which))) return found;
    const names = layers.map((layer) => layer.name);
    const near = typeof which === 'string' ? nearest(which, names) : undefined;
    throw new ArgumentError({
      where: `${this.name}.getLayer`,
      expected:
        typeof which === 'number'
          ? `a place from 0 to ${layers.length - 1}`
          : `the name of a layer (${names.join(', ') || 'there is none yet'})`,
      received: typeof which === 'string' ? `'${which}'` : String(which),
      hint: near && `did you mean '${near}'?`,
    });
  }

  // Shapes and calls

  /** The input only: what is inside checks itself when it is called. */
  protected override checkInput(inputShape: Shapes): void {
    this.checkCount(inputShape);
    this.graph?.checkInputs(this.kind, shapeList(inputShape));
  }

  protected override get hasShapeRule(): boolean {
    return !this.ownCall;
  }

  /**
   * Makes the weights for an input shape (with the batch in front). A model with a `call` of its own is called once with zeros, so that its
   * layers are built.
   */
  override build(inputShape: Shapes): void {
    if (this.ownCall && !this.built) this.tryOut(shapeList(inputShape), isShapeList(inputShape));
    super.build(inputShape);
  }

  private tryOut(shapes: readonly BatchShape[], list: boolean): void {
    withoutTape(() =>
      tidy(() => {
        const zeros = shapes.map((shape, i) =>
          ops.zeros(
            shape.map((dim) => dim ?? 1),
            this.inputDTypes?.[i] ?? this.dtype,
          ),
        );
        this.collecting(false, () => this.call(list ? zeros : zeros[0]!, { training: false }) as Tensor | readonly Tensor[]);
      }),
    );
  }

  override computeOutputShape(inputShape: Shapes): Shapes {
    if (this.ownCall) return this.tracedShape(inputShape, undefined, this.inputDTypes);
    const shapes = this.known('computeOutputShape').shapes(this.kind, shapeList(inputShape));
    return shapes.length === 1 ? shapes[0]! : shapes;
  }

  protected override outputDType(): Tensor['dtype'] {
    return this.outputs[0]!.dtype;
  }

  /**
   * Computes the outputs for tensors; inside `valueAndGrad` and `capture` as well as outside. Penalties are in `losses` afterwards.
   *
   * @example
   * const probabilities = model.call(images, { training: false });
   */
  override call(inputs: Tensor | readonly Tensor[], options: CallOptions = {}): Results<Out> {
    const given = inputs instanceof Tensor ? [inputs] : inputs;
    const training = trainingOr(options.training);
    const results = this.collecting(training, () => this.ready(given).run(this.kind, given, { ...options, training }));
    return (results.length === 1 ? results[0]! : results) as Results<Out>;
  }

  private ready(given: readonly Tensor[]): Graph {
    if (!this.graph) {
      const shapes = given.map((tensor) => [null, ...tensor.shape.slice(1)]);
      this.build(shapes.length === 1 ? shapes[0]! : shapes);
    }
    return this.known('call');
  }

  // Description

  /** @internal What the optimizer keeps beside the weights, for the summary; the training part knows. */
  get optimizerVariables(): readonly Variable[] {
    return [];
  }

  /**
   * Prints the table of layers, as Keras does.
   *
   * @example
   * model.summary();
   * model.summary({ lineLength: 100, printFn: (text) => log.info(text) });
   */
  summary(options: SummaryOptions = {}): void {
    const print = options.printFn ?? ((text: string) => process.stdout.write(text));
    print(summaryText(this, this.graph, options));
  }
}

/** Models that can be trained: compile, fit, evaluate, predict. */
import type { TrainedModel, WeightState } from '../callbacks/callback.js';
import type { History } from '../callbacks/history.js';
import { ArgumentError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { type BatchShape, isShapeList } from '../layers/symbolic.js';
import { Optimizer } from '../optimizers/index.js';
import { serialize } from '../options/index.js';
import * as ops from '../ops/index.js';
import type { ExportOptions, LoadWeightsOptions, SaveOptions, SaveWeightsOptions } from '../saving/format.js';
import { keep } from '../tensor/scope.js';
import { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import type { CheckLoss, CheckValidation, CheckX, CheckY } from '../types/data.js';
import type { AnyShape } from '../types/layer.js';
import type { Shape, Shapes } from '../types/shape.js';
import { compileFromKeras, compileToKeras, type Json, toKeras } from '../keras/index.js';
import { saving } from './saving.js';
import { SteppingModel } from './stepping.js';
import type { Results } from './structure.js';
import type { TrainableModel } from './training/accept.js';
import type { CompileOptions, LossSetting } from './training/compile-options.js';
import { Compiled } from './training/compiled.js';
import type { ArraysLike, BatchSource, SampleWeightLike } from './training/data.js';
import type { EvaluateOptions, FitOptions, PredictOptions, ValidationData } from './training/options.js';
import { Predictor } from './training/predictor.js';
import { Trainer } from './training/trainer.js';

type OneOrMore = Shape | Shapes;

/** The one of a list, or the list where it has several; undefined where it has none. */
function oneOf<T>(list: readonly T[]): T | readonly T[] | undefined {
  return list.length === 1 ? list[0] : list.length === 0 ? undefined : list;
}

function shapesOf(shapes: unknown): readonly BatchShape[] {
  return isShapeList(shapes as BatchShape) ? (shapes as readonly BatchShape[]) : [shapes as BatchShape];
}

/** Class and options; names may differ from process to process. */
function describeLayer(layer: Layer): string {
  const plain = (key: string, value: unknown): unknown => (key === 'name' ? undefined : value);
  return `${layer.className} ${JSON.stringify(layer.getConfig(), plain)}`;
}

/**
 * The base of `Sequential` and `Functional`, and of models of your own: with layers in properties and a `call`, or with steps of their own
 * (`trainStep`, `testStep`, `predictStep`), or with a loss of their own (`computeLoss`). Source: Keras 3, keras.Model.
 *
 * @example
 * class Net extends Model {
 *   private readonly hidden = layers.dense(32, { activation: 'relu' });
 *   private readonly last = layers.dense(10, { activation: 'softmax' });
 *   override call(x: Tensor): Tensor {
 *     return this.last.apply(this.hidden.apply(x));
 *   }
 * }
 * const net = new Net();
 * net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
 * await net.fit(x, y, { epochs: 5 });
 */
export class Model<In extends OneOrMore = AnyShape, Out extends OneOrMore = AnyShape>
  extends SteppingModel<In, Out>
  implements TrainedModel
{
  /** Set to true, by a callback say, to stop training after the batch in progress. */
  stopTraining = false;
  private trainer: Trainer | undefined;
  private predictor: Predictor | undefined;

  /**
   * Names of the outputs, by which losses, metrics and weights may be given: the names of the layers that they come from. Undefined while
   * the layers are not known.
   */
  get outputNames(): readonly string[] | undefined {
    if (!this.graph) return undefined;
    const names: string[] = [];
    for (const { history } of this.graph.outputs) {
      let { name } = history.layer;
      for (let i = 1; names.includes(name); i++) name = `${history.layer.name}_${i}`;
      names.push(name);
    }
    return names;
  }

  protected override compiledFor(where: string): Compiled {
    return this.compiled(where).compiled;
  }

  private compiled(where: string): Trainer {
    if (this.trainer) return this.trainer;
    throw new ArgumentError({
      where,
      expected: 'a compiled model',
      received: 'one that was not compiled',
      hint: "call model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] }) first",
    });
  }

  /** The model as training sees it. */
  private get trainee(): TrainableModel {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const model = this;
    return {
      get trainableWeights() {
        return model.trainableWeights;
      },
      step: (kind, { x, y, weights }) => {
        const data = { x: oneOf(x)!, y: oneOf(y), sampleWeight: oneOf(weights) };
        return kind === 'train' ? model.trainStep(data) : model.testStep(data);
      },
      predictStep: (x) => {
        const outputs = model.predictStep(oneOf(x)!);
        return outputs instanceof Tensor ? [outputs] : outputs;
      },
      ownStep: (kind) => model.ownStep(kind),
      get ownLoss() {
        return model.ownLoss;
      },
      resetMetrics: () => model.resetMetrics(),
      buildFor: (inputs, dtypes) => {
        if (model.built && (model.graph || model.ownCall)) return;
        model.inputDTypes = dtypes;
        if (model.isCallable) model.build(oneOf(inputs)!);
      },
      get expectedInputs() {
        return model.graph?.inputs.map((input) => input.shape);
      },
      get outputNames() {
        return model.outputNames;
      },
      get variables() {
        return model.variables;
      },
      get randomStreams() {
        return model.randomStreams;
      },
      get metrics() {
        return model.metrics;
      },
      get optimizers() {
        return Object.values(model).filter((value: unknown): value is Optimizer => value instanceof Optimizer);
      },
      describeLayers: () => model.layers.map(describeLayer),
      outputShapesFor: (inputs) => (model.isCallable ? shapesOf(model.computeOutputShape(oneOf(inputs)!)) : undefined),
      owner: model,
    };
  }

  /**
   * Chooses optimizer, loss and metrics. The loss of a name is checked against the output's shape, by the compiler and here. A model with
   * several outputs takes losses, `lossWeights` and metrics in lists or by the names of the outputs (`outputNames`); its figures are
   * `loss`, `kind_loss`, `kind_accuracy` and so on.
   *
   * @example
   * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
   * @example
   * model.compile({
   *   loss: { kind: 'sparseCategoricalCrossentropy', size: 'mse' },
   *   lossWeights: { kind: 1, size: 0.25 },
   *   metrics: { kind: ['accuracy'], size: ['mae'] },
   * });
   */
  compile<const L extends LossSetting>(options: Omit<CompileOptions, 'loss'> & { loss?: CheckLoss<L, Out> } = {}): this {
    const compiled = new Compiled(options);
    if (this.graph) compiled.checkOutputs(this.outputNames!, shapesOf(this.outputShape));
    this.trainer?.dispose();
    this.trainer = new Trainer(this.trainee, compiled);
    if (this.built) compiled.optimizer.build(this.trainableWeights);
    return this;
  }

  /** Whether `compile` was called. */
  get isCompiled(): boolean {
    return this.trainer !== undefined;
  }

  /** The optimizer that `compile` was given. */
  get optimizer(): Optimizer {
    return this.compiled('optimizer').compiled.optimizer;
  }

  /** Whether steps run op by op instead of captured. */
  get runEagerly(): boolean {
    return this.compiled('runEagerly').compiled.runEagerly;
  }

  /** The options of `compile` as Keras writes them; undefined before `compile`. Source: Keras 3, Model.get_compile_config. */
  getCompileConfig(): Json | undefined {
    return this.compileConfig();
  }

  /**
   * Compiles by what `getCompileConfig` gave.
   *
   * @example
   * other.compileFromConfig(model.getCompileConfig()!);
   */
  compileFromConfig(config: Json): this {
    return this.compile(compileFromKeras(config) as never);
  }

  override get optimizerVariables(): readonly Variable[] {
    return this.trainer?.compiled.optimizer.variables ?? [];
  }

  /**
   * Trains. `x` and `y` are tensors, typed arrays with shapes or nested arrays, one row a sample; or `x` is an iterable of batches `[x, y]`.
   * Data that are tensors stay on the device; steps are captured once and replayed several to a native call.
   *
   * @returns the figures of every epoch
   * @throws ShapeError, DataError or ArgumentError before anything is trained; the signal's reason when it was aborted
   * @example
   * const { history } = await model.fit(x, y, { batchSize: 128, epochs: 6, validationSplit: 0.1 });
   */
  fit<const X extends ArraysLike, const Y extends ArraysLike, const V extends ValidationData>(
    x: CheckX<'fit', X, In>,
    y: CheckY<'fit', Y, Out>,
    options?: FitOptions<CheckValidation<V, In, Out>>,
  ): Promise<History>;
  fit<const V extends ValidationData>(batches: BatchSource, options?: FitOptions<CheckValidation<V, In, Out>>): Promise<History>;
  fit(x: unknown, y?: unknown, options?: unknown): Promise<History> {
    const [labels, settings] = this.labelsAndOptions(y, options);
    return this.compiled('fit').fit(x as ArraysLike | BatchSource, labels, settings);
  }

  /** The second argument is options where data come in batches. */
  private labelsAndOptions(y: unknown, options: unknown): [ArraysLike | undefined, unknown] {
    const plain = typeof y === 'object' && y !== null && Object.getPrototypeOf(y) === Object.prototype && !('data' in y && 'shape' in y);
    return plain && options === undefined ? [undefined, y] : [y as ArraysLike | undefined, options];
  }

  /**
   * Loss and metrics over data.
   *
   * @example
   * const { loss, accuracy } = await model.evaluate(test.x, test.y, { batchSize: 128 });
   */
  evaluate<const X extends ArraysLike, const Y extends ArraysLike>(
    x: CheckX<'evaluate', X, In>,
    y: CheckY<'evaluate', Y, Out>,
    options?: EvaluateOptions,
  ): Promise<Figures>;
  evaluate(batches: BatchSource, options?: EvaluateOptions): Promise<Figures>;
  evaluate(x: unknown, y?: unknown, options?: EvaluateOptions): Promise<Figures> {
    const [labels, settings] = this.labelsAndOptions(y, options);
    return this.compiled('evaluate').evaluate(x as ArraysLike | BatchSource, labels, settings) as Promise<Figures>;
  }

  /**
   * The outputs for data, one row a sample. Needs no `compile`. The result is the caller's to dispose of.
   *
   * @example
   * const probabilities = await model.predict(images);   // Tensor<[number, 10]>
   */
  async predict<const X extends ArraysLike | BatchSource>(x: CheckX<'predict', X, In>, options?: PredictOptions): Promise<Prediction<Out>> {
    this.predictor ??= new Predictor(this.trainee);
    const outputs = await this.predictor.predict(x as ArraysLike | BatchSource, options);
    return (outputs.length === 1 ? outputs[0]! : outputs) as Prediction<Out>;
  }

  /**
   * One training step on one batch, with its figures. `classWeight` is that of `fit`.
   *
   * @example
   * const { loss } = await model.trainOnBatch(x, y);
   */
  trainOnBatch(
    x: ArraysLike,
    y: ArraysLike,
    sampleWeight?: SampleWeightLike | null,
    { classWeight = null }: Pick<FitOptions, 'classWeight'> = {},
  ): Promise<Figures> {
    const trainer = this.compiled('trainOnBatch');
    return trainer.onBatch('train', x, y, sampleWeight ?? undefined, classWeight) as Promise<Figures>;
  }

  /**
   * Loss and metrics on one batch.
   *
   * @example
   * const { loss } = await model.testOnBatch(x, y);
   */
  testOnBatch(x: ArraysLike, y: ArraysLike, sampleWeight?: SampleWeightLike): Promise<Figures> {
    return this.compiled('testOnBatch').onBatch('test', x, y, sampleWeight) as Promise<Figures>;
  }

  /**
   * The outputs for one batch, whatever its size.
   *
   * @example
   * const y = await model.predictOnBatch(x);
   */
  predictOnBatch(x: ArraysLike): Promise<Prediction<Out>> {
    return this.predict(x as never, { batchSize: 2 ** 31 - 1 });
  }

  /** Names of the figures: loss and metrics. Known after the first data. */
  get metricsNames(): readonly string[] {
    return this.compiled('metricsNames').compiled.names;
  }

  /**
   * Writes the whole model: its structure, its weights, and, where it is compiled, the options of `compile` and the optimizer's state. The
   * ending names the format. The file is there whole or not at all, and an older one stays where it cannot be written.
   *
   * @throws ArgumentError where the ending is unknown; DataError where the file cannot be written
   * @example
   * await model.save('digits.keras');
   */
  async save(file: string, options?: SaveOptions): Promise<void> {
    await saving().saveModel(this, file, options);
  }

  /**
   * Writes what the model computes outside of training as ONNX, for onnxruntime and other programs. The batch may have any size there; inputs
   * and outputs have the names of their layers. Source: Keras 3, Model.export with format='onnx'.
   *
   * @throws ArgumentError naming the layer that ONNX has no operators for
   * @example
   * await model.export('digits.onnx');
   * await model.export('digits.onnx', { opset: 21 });
   */
  async export(file: string, options?: ExportOptions): Promise<void> {
    await saving().exportModel(this, file, options);
  }

  /**
   * Writes the weights to a file: `.safetensors`, named `layer/weight`, in Keras' layout. The file is there whole or not at all.
   *
   * @example
   * await model.saveWeights('mnist.safetensors');
   */
  async saveWeights(file: string, options?: SaveWeightsOptions): Promise<void> {
    await saving().saveModelWeights(this, file, options);
  }

  /**
   * Sets the weights from a file that `saveWeights` of a model with the same layers wrote, or out of a whole model's `.keras` or `.h5`: by the
   * layers' names, or by their order where the names differ. `byName` takes what layers of the same name have and nothing else, `skipMismatch`
   * passes over other shapes.
   *
   * @throws FormatError where names or shapes differ or the file is damaged; the model then stays as it was
   * @example
   * await model.loadWeights('mnist.safetensors');
   * await model.loadWeights('imagenet.safetensors', { byName: true, skipMismatch: true });
   */
  async loadWeights(file: string, options?: LoadWeightsOptions): Promise<void> {
    await saving().loadModelWeights(this, file, options);
  }

  /**
   * The structure of the model as Keras writes it: what `JSON.stringify(model)` makes a text of, for `modelFromJSON` or Keras'
   * `model_from_json`. Weights are not in it.
   *
   * @example
   * const text = JSON.stringify(model);
   * const untrained = modelFromJSON(text);
   */
  toJSON(): Json {
    return toKeras(serialize(this));
  }

  /** @internal How the model was compiled, in Keras' spelling; undefined where it was not. */
  compileConfig(): Json | undefined {
    return this.trainer && compileToKeras(this.trainer.compiled.settings);
  }

  /** Copies of all weights, for callbacks that go back to them. */
  getWeightState(): WeightState & { copies: Tensor[] } {
    const copies = this.weights.map((weight) => keep(ops.copy(weight)));
    return { copies, dispose: () => copies.forEach((copy) => copy.dispose()) };
  }

  /** Goes back to the weights of a copy. */
  setWeightState(state: WeightState): void {
    const { copies } = state as ReturnType<Model['getWeightState']>;
    this.weights.forEach((weight, i) => weight.assign(copies[i]!));
  }

  /** Releases weights, optimizer state and captured steps now, instead of some time after the model is no longer used. */
  override dispose(): void {
    this.trainer?.dispose();
    this.predictor?.dispose();
    super.dispose();
  }
}

/** Loss and metrics by name. */
export type Figures = { readonly loss: number } & Readonly<Record<string, number>>;

/** What `predict` resolves to: a tensor with the batch in front, or a list for several outputs. */
export type Prediction<Out> = Out extends Shape ? Tensor<[number, ...Out]> : Results<Out>;

export type { CompileOptions, EvaluateOptions, FitOptions, PredictOptions, ValidationData };

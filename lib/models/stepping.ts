/**
 * What one step of training, testing or predicting does with a batch. Models of one's own override it, as in Keras: a step is captured once and
 * replayed, whoever wrote it.
 */
import { valueAndGrads } from '../autodiff/grad.js';
import { withoutTape } from '../autodiff/tape.js';
import { Metric } from '../metrics/index.js';
import { Tensor } from '../tensor/tensor.js';
import type { Variable } from '../tensor/variable.js';
import type { AnyShape } from '../types/layer.js';
import type { Shape, Shapes } from '../types/shape.js';
import { ModelStructure, type Results } from './structure.js';
import type { Compiled, SampleWeights } from './training/compiled.js';

/** One tensor, or one for each input or output. */
export type OneOrMore = Tensor | readonly Tensor[];

/** A batch as a step sees it. `y` and `sampleWeight` are undefined where the data have none. */
export interface StepData<X extends OneOrMore = Tensor, Y extends OneOrMore | undefined = Tensor> {
  readonly x: X;
  readonly y: Y;
  /** One weight a sample: for all outputs, or (perhaps undefined) for each. */
  readonly sampleWeight?: Tensor | readonly (Tensor | undefined)[] | undefined;
}

/** A batch with what the model made of it. */
export interface StepResult<X extends OneOrMore = OneOrMore, Y extends OneOrMore | undefined = OneOrMore | undefined> {
  readonly x?: X | undefined;
  readonly y: Y;
  readonly yPred: OneOrMore;
  readonly sampleWeight?: StepData['sampleWeight'];
}

/** The figures of a step by name, scalars: what progress, history and callbacks show. */
export type StepLogs = Readonly<Record<string, Tensor>>;

function list(value: OneOrMore | undefined): readonly Tensor[] {
  if (value === undefined) return [];
  return value instanceof Tensor ? [value] : value;
}

function weightList(value: StepData['sampleWeight']): SampleWeights {
  if (value === undefined) return [];
  return value instanceof Tensor ? [value] : value;
}

/** A model with the steps of Keras' `Model`: `trainStep`, `testStep`, `predictStep`, and what they are made of. */
export abstract class SteppingModel<In extends Shape | Shapes = AnyShape, Out extends Shape | Shapes = AnyShape> extends ModelStructure<
  In,
  Out
> {
  /** @internal What `compile` was given; an ArgumentError before that. */
  protected abstract compiledFor(where: string): Compiled;

  /**
   * One step of training: forward, gradients, update, figures. Override it for a training of your own; it is captured and replayed like this
   * one. Source: Keras 3, Model.train_step.
   *
   * @returns the figures by name, scalars
   * @example
   * class Halved extends Model {
   *   override trainStep({ x, y }: StepData): StepLogs {
   *     const weights = this.trainableWeights;
   *     const { value: loss, gradients } = valueAndGrad(
   *       () => this.computeLoss({ y, yPred: this.forward(x, true) }),
   *       weights,
   *     );
   *     this.optimizer.apply(gradients.map((gradient) => ops.div(gradient, 2)), weights);
   *     return { loss };
   *   }
   * }
   */
  trainStep(data: StepData<OneOrMore, OneOrMore | undefined>): StepLogs {
    const { x, y, sampleWeight } = data;
    const compiled = this.compiledFor('trainStep');
    const weights = this.trainableWeights;
    const { result, gradients } = valueAndGrads(
      () => {
        const yPred = this.forward(x, true);
        return { yPred, loss: this.computeLoss({ x, y, yPred, sampleWeight }) };
      },
      ({ loss }) => compiled.optimizer.scaleLoss(loss),
      weights,
      'fit',
    );
    const { yPred, loss } = result;
    compiled.optimizer.apply(gradients, weights);
    compiled.trackLoss(loss, list(yPred)[0]!.shape[0]!);
    return this.computeMetrics({ x, y, yPred, sampleWeight });
  }

  /** One step of evaluation: forward and figures. Source: Keras 3, Model.test_step. */
  testStep(data: StepData<OneOrMore, OneOrMore | undefined>): StepLogs {
    const { x, y, sampleWeight } = data;
    const compiled = this.compiledFor('testStep');
    return withoutTape(() => {
      const yPred = this.forward(x, false);
      compiled.trackLoss(this.computeLoss({ x, y, yPred, sampleWeight }), list(yPred)[0]!.shape[0]!);
      return this.computeMetrics({ x, y, yPred, sampleWeight });
    });
  }

  /** What `predict` does with a batch of inputs. Source: Keras 3, Model.predict_step. */
  predictStep(x: OneOrMore): OneOrMore {
    return withoutTape(() => this.forward(x, false));
  }

  /**
   * The outputs for a batch within a step, one tensor or a list; penalties of the layers are in `losses` afterwards. What `self(x, training)` is
   * in Keras.
   */
  protected forward(x: OneOrMore, training: boolean): Results<Out> {
    if (this.ownCall) return this.apply(x as never, { training });
    return this.call(x, { training });
  }

  /**
   * The loss that training minimises, a scalar: what `compile` was given, and `losses`, the penalties of the last forward pass. Override it
   * for a loss that needs more than labels and predictions. Source: Keras 3, Model.compute_loss.
   */
  computeLoss({ y, yPred, sampleWeight }: StepResult): Tensor {
    return this.compiledFor('computeLoss').loss(list(y), list(yPred), weightList(sampleWeight), this.losses);
  }

  /** Takes a batch into the metrics that `compile` was given, and returns all figures by name. Source: Keras 3, Model.compute_metrics. */
  computeMetrics({ y, yPred, sampleWeight }: StepResult): StepLogs {
    const compiled = this.compiledFor('computeMetrics');
    compiled.updateMetrics(list(y), list(yPred), weightList(sampleWeight));
    compiled.updateAdded(this.toldMetrics);
    return compiled.logs();
  }

  /**
   * Loss and metrics of `compile`, and the metrics that this model keeps in properties. They are reset at the beginning of every epoch and
   * evaluation. Source: Keras 3, Model.metrics.
   */
  get metrics(): readonly Metric[] {
    const own = Object.values(this).flatMap((value: unknown) => (value instanceof Metric ? [value] : []));
    return [...this.compiledFor('metrics').all, ...own];
  }

  /** What the metrics have gathered since they were reset, by name. */
  getMetricsResult(): StepLogs {
    return Object.fromEntries(this.metrics.map((metric) => [metric.name, metric.result()]));
  }

  /** The variables of the metrics. */
  get metricsVariables(): readonly Variable[] {
    return this.metrics.flatMap((metric) => metric.variables);
  }

  /** Forgets what loss and metrics have gathered. */
  resetMetrics(): void {
    for (const metric of this.metrics) metric.resetState();
  }

  /** @internal Whether a sub-class computes the loss itself. */
  protected get ownLoss(): boolean {
    return this.computeLoss !== SteppingModel.prototype.computeLoss;
  }

  /** @internal Whether a step of the user's own decides what is done with labels. */
  protected ownStep(kind: 'train' | 'test'): boolean {
    const name = kind === 'train' ? 'trainStep' : 'testStep';
    return this[name] !== SteppingModel.prototype[name];
  }
}

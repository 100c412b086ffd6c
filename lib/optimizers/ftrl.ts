/** Follow the regularized leader. Source: Keras 3, `keras.optimizers.Ftrl`; McMahan et al. 2013. */
import { optional, readOptions, real, type Config } from '../options/index.js';
import { commonReaders, type OptimizerOptions, type SlotSpec } from './optimizer.js';
import { RuleOptimizer } from './rule.js';

export interface FtrlOptions extends OptimizerOptions {
  /** At most 0; -0.5. */
  learningRatePower?: number;
  /** What the sums of squares begin with; 0.1. */
  initialAccumulatorValue?: number;
  l1RegularizationStrength?: number;
  l2RegularizationStrength?: number;
  /** An l2 penalty on the gradient itself. */
  l2ShrinkageRegularizationStrength?: number;
  beta?: number;
}

export class Ftrl extends RuleOptimizer {
  readonly className = 'Ftrl';
  protected readonly rule = 'Ftrl';
  private readonly own: Config & { initialAccumulatorValue: number };
  private readonly ordered: readonly number[];

  constructor(options: FtrlOptions = {}) {
    const strength = optional(real({ low: 0 }), 0);
    const settings = readOptions('ftrl', options, {
      ...commonReaders(0.001, 'ftrl'),
      learningRatePower: optional(real({ high: 0 }), -0.5),
      initialAccumulatorValue: optional(real({ low: 0 }), 0.1),
      l1RegularizationStrength: strength,
      l2RegularizationStrength: strength,
      l2ShrinkageRegularizationStrength: strength,
      beta: strength,
    });
    super(settings, 'ftrl');
    const {
      learningRatePower,
      initialAccumulatorValue,
      l1RegularizationStrength,
      l2RegularizationStrength,
      l2ShrinkageRegularizationStrength,
      beta,
    } = settings;
    this.own = {
      learningRatePower,
      initialAccumulatorValue,
      l1RegularizationStrength,
      l2RegularizationStrength,
      l2ShrinkageRegularizationStrength,
      beta,
    };
    this.ordered = [learningRatePower, l1RegularizationStrength, l2RegularizationStrength, l2ShrinkageRegularizationStrength, beta];
  }

  protected slotsOf(): SlotSpec[] {
    return [
      { name: 'accumulator', initial: this.own.initialAccumulatorValue },
      { name: 'linear', initial: 0 },
    ];
  }

  protected numbers(): readonly number[] {
    return this.ordered;
  }

  protected ownConfig(): Config {
    return this.own;
  }
}

/**
 * Follow the regularized leader, for large sparse linear models.
 *
 * @example
 * optimizers.ftrl({ learningRate: 0.1, l1RegularizationStrength: 0.01 });
 */
export function ftrl(options: number | FtrlOptions = {}): Ftrl {
  return new Ftrl(typeof options === 'number' ? { learningRate: options } : options);
}

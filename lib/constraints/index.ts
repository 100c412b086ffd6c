/** The namespace `constraints`: what weights must be after every step. */
export {
  get,
  get as deserialize,
  Constraint,
  constraint,
  type ConstraintLike,
  type ConstraintName,
  constraintRegistry,
} from './constraint.js';
export { maxNorm, type MaxNormOptions, minMaxNorm, type MinMaxNormOptions, nonNeg, unitNorm } from './norms.js';
export { serialize } from '../options/index.js';

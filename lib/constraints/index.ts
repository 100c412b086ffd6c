/** The namespace `constraints`: what weights must be after every step. */
export { serialize } from '../options/index.js';
export { Constraint, constraint, type ConstraintLike, type ConstraintName, constraintRegistry, fromConfig } from './constraint.js';
export { maxNorm, type MaxNormOptions, minMaxNorm, type MinMaxNormOptions, nonNeg, unitNorm } from './norms.js';

/** The `utils` namespace. */
export { setRandomSeed } from '../random/state.js';
export { normalize } from './normalize.js';
export { toCategorical } from './to-categorical.js';

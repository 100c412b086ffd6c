/** The `utils` namespace. */
export { plotModel, type PlotModelOptions } from '../plot/model-graph.js';
export { setRandomSeed } from '../random/state.js';
export { normalize } from './normalize.js';
export { toCategorical } from './to-categorical.js';

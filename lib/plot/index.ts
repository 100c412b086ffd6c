/** The `plot` namespace: pictures as .png and .svg files. */
export { bars, type BarsOptions, prediction } from './bars.js';
export { confusionMatrix, type ConfusionMatrixOptions } from './confusion-matrix.js';
export { activations, filters, type Kernel } from './filters.js';
export { histogram, type HistogramOptions } from './histogram.js';
export { history, type HistoryLike } from './history.js';
export { type Images, images, type ImagesOptions } from './images.js';
export { plotModel as model, type PlotModelOptions } from './model-graph.js';
export { inTerminal, show, type ShowOptions } from './show.js';
export type { Numbers } from './values.js';

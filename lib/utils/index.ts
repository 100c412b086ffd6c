/** The `utils` namespace. */
export { type ArrayToImgOptions, arrayToImg, Img, type ImageMode, imgToArray, type ImgToArrayOptions } from '../data/images/image.js';
export { type Interpolation, loadImg, type LoadImgOptions, resizeImg, saveImg, type SaveImgOptions } from '../data/images/load.js';
export { plotModel, type PlotModelOptions } from '../plot/model-graph.js';
export { setRandomSeed } from '../random/state.js';
export { resetNames as clearSession } from '../layers/names.js';
export { imageDatasetFromDirectory } from './image-dataset.js';
export { normalize } from './normalize.js';
export { padSequences, type PadSequencesOptions } from './pad-sequences.js';
export { PyDataset, Sequence } from './py-dataset.js';
export { splitDataset, type SplitOptions } from './split-dataset.js';
export { timeseriesDatasetFromArray, type TimeseriesBatch, type TimeseriesOptions } from './timeseries.js';
export { toCategorical } from './to-categorical.js';

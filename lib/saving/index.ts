/** Models in files and as JSON. */
export { modelFromJSON } from './config.js';
export { loadModel } from './load-model.js';
export type { CustomObjects, ExportOptions, LoadOptions, LoadWeightsOptions, SaveOptions, SaveWeightsOptions } from './format.js';

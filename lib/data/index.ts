/** The `data` namespace. */
export type { ArrayData, ArraySource } from './array.js';
export { csv, type ColumnOptions, type ColumnType, type CsvOptions, type CsvRow, type CsvValue } from './csv.js';
export { Dataset, zip } from './dataset.js';
export type { Batched } from './element.js';
export { ImageFolder, imageFolder, type ImageFolderBatch, type ImageFolderOptions } from './image-folder.js';
export type { MapContext, MapOptions } from './map.js';
export { fromArray, fromGenerator, fromTensors } from './sources.js';
export { type Example, type Feature, tfrecord, type TfrecordOptions } from './tfrecord.js';
export type { WorkerModule } from './worker-map.js';

/** The `preprocessing` namespace. */
export type { ArrayIterator, ArrayFlowOptions } from './array-iterator.js';
export type { DirectoryFlowOptions } from './directory.js';
export type { FileFlowOptions, FileIterator } from './file-iterator.js';
export type { FrameFlowOptions, FrameRow } from './frame.js';
export { ImageDataGenerator, imageDataGenerator } from './image-data-generator.js';
export { type FlowOptions, type ImageBatch, ImageIterator } from './image-iterator.js';
export type { FillMode, ImageDataGeneratorOptions, PreprocessingFunction } from './options.js';
export type { TransformParameters } from './transform.js';

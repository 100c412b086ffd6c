/** Reading and writing of options, for layers and everything that is configured like them. */
export * from './read.js';
export * from './readers.js';
export * from './registry.js';

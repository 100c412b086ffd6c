export { prepareThread } from './client.js';
export { Hdf5Reader, type Part } from './reader.js';
export type { AttributeValue, Box, DatasetEntry, ElementType, Entry, GroupEntry, Text, Values } from './types.js';
export { Hdf5Writer } from './writer.js';

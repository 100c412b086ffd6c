export { ZipReader } from './reader.js';
export type { ZipEntry } from './records.js';
export { ZipWriter } from './writer.js';

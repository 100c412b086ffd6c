/** What the thread that reads and writes HDF5 files and its user say to each other. */
import type { DType, TypedArray } from '../../tensor/dtype.js';

/** Element types of data sets, by NumPy's names; anything else by what it is, and cannot be read. */
export type ElementType =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string'
  | 'other';

export interface GroupEntry {
  readonly kind: 'group';
  readonly path: string;
  readonly attributes: readonly string[];
}

export interface DatasetEntry {
  readonly kind: 'dataset';
  readonly path: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Bytes an element takes in the file. */
  readonly size: number;
  readonly attributes: readonly string[];
}

/** A group or a data set; paths have no `/` in front, and the root is ''. */
export type Entry = GroupEntry | DatasetEntry;

export type AttributeValue = string | readonly string[] | number | readonly number[];
/** What is written as one. */
export type Text = string | readonly string[];

/** Element types that can be written. */
export type WrittenType = DType | 'int64';

/** A part of a data set: where it begins and how much of each axis. */
export interface Box {
  readonly offset: readonly number[];
  readonly count: readonly number[];
}

/** What a data set gives: element types that we have, converted where the file has others. */
export interface Values {
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** Where a file's bytes are: from `offset` on, in a file that may hold other things. */
export interface Region {
  readonly path: string;
  readonly offset: number;
  /** For files that are read. */
  readonly length: number;
}

/** Requests, by name: what they take and what they give. */
export interface Requests {
  open: { args: { region: Region; write: boolean }; value: number };
  tree: { args: { file: number }; value: readonly Entry[] };
  attribute: { args: { file: number; path: string; name: string }; value: AttributeValue };
  read: { args: { file: number; path: string; box?: Box; bfloat16?: boolean }; value: Values };
  group: { args: { file: number; path: string }; value: undefined };
  setAttribute: { args: { file: number; path: string; name: string; value: Text; fixed: boolean }; value: undefined };
  create: { args: { file: number; path: string; shape: readonly number[]; dtype: WrittenType; data?: ArrayBuffer }; value: undefined };
  write: { args: { file: number; path: string; box: Box; data: ArrayBuffer }; value: undefined };
  close: { args: { file: number; crc: boolean }; value: { size: number; crc: number } };
}

export type RequestName = keyof Requests;

/** What goes wrong in the thread: with the file's contents, with the system, or with the library itself, which is then not to be used again. */
export interface Failure {
  readonly kind: 'format' | 'system' | 'fatal';
  readonly expected: string;
  readonly received: string;
  /** The system's code. */
  readonly code?: string;
}

export interface Request {
  readonly id: number;
  readonly name: RequestName;
  readonly args: unknown;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: Failure;
}

/** Counters that the thread and its user share: calls of the file system so far, bytes of the library's memory. */
export const CALLS = 0;
export const MEMORY = 1;
export const COUNTERS = 2;

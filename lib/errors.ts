/**
 * Every error of the library says, in this order: where it happened, what was expected, what was received; what to do.
 *
 *     dense: expected [features], got [26, 26, 32]; add flatten() before it
 *
 * The parts stay readable as fields, so that a program can act on them without taking the sentence apart.
 */
export interface ErrorParts {
  /** The function, layer or option that refuses. */
  where?: string;
  /** What would have been accepted. */
  expected?: string;
  /** What came instead. */
  received?: string;
  /** Replaces "expected ..., got ..." in the sentence where that would read badly; the two stay readable as fields. */
  facts?: string;
  /** What the reader can do about it, or a library's own message, word for word. */
  hint?: string;
  /** The error that this one explains. */
  cause?: unknown;
}

/** Writes the one sentence; absent parts leave no stray punctuation behind. */
export function errorSentence({ where, expected, received, facts, hint }: ErrorParts): string {
  const comparison = [expected && `expected ${expected}`, received && `got ${received}`].filter(Boolean).join(', ');
  const tail = [facts || comparison, hint].filter(Boolean).join('; ');
  return [where, tail].filter(Boolean).join(': ');
}

/** The base of all errors thrown by node-cudnn. */
export class NodeCudnnError extends Error {
  readonly code: string = 'ERR_NODE_CUDNN';
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  readonly hint: string;

  constructor(parts: ErrorParts) {
    super(errorSentence(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.where = parts.where ?? '';
    this.expected = parts.expected ?? '';
    this.received = parts.received ?? '';
    this.hint = parts.hint ?? '';
    // util.inspect lists own enumerable fields below the stack, where the sentence has said these already.
    for (const field of ['where', 'expected', 'received', 'hint']) Object.defineProperty(this, field, { enumerable: false });
  }

  // On the prototype and before any instance exists, so that the first line of `stack` has the name as well.
  static {
    this.prototype.name = 'NodeCudnnError';
  }
}

/** Ranks, dimensions or the number of elements do not fit. */
export class ShapeError extends NodeCudnnError {
  override readonly code = 'ERR_SHAPE';

  static {
    this.prototype.name = 'ShapeError';
  }
}

/** A tensor or value has a dtype that the operation does not take. */
export class DTypeError extends NodeCudnnError {
  override readonly code = 'ERR_DTYPE';

  static {
    this.prototype.name = 'DTypeError';
  }
}

/** A place where a library was looked for, and what the system's loader said about it. */
export interface TriedLibrary {
  /** 'cuDNN', for example. */
  library: string;
  path: string;
  message: string;
}

/** A device is missing, cannot work here, ran out of memory or failed. */
export class DeviceError extends NodeCudnnError {
  override readonly code = 'ERR_DEVICE';
  /** Where libraries were looked for in vain, when a device cannot work for want of one. */
  readonly tried: readonly TriedLibrary[];

  constructor(parts: ErrorParts & { tried?: readonly TriedLibrary[] }) {
    super(parts);
    this.tried = parts.tried ?? [];
    // below the stack of an error that nobody caught the list is a help, an empty one is not
    Object.defineProperty(this, 'tried', { enumerable: this.tried.length > 0 });
  }

  static {
    this.prototype.name = 'DeviceError';
  }
}

/** A step does something that cannot be recorded and replayed. */
export class CaptureError extends NodeCudnnError {
  override readonly code = 'ERR_CAPTURE';

  static {
    this.prototype.name = 'CaptureError';
  }
}

/** A tensor, program or model was used after it was released. */
export class DisposedError extends NodeCudnnError {
  override readonly code = 'ERR_DISPOSED';

  static {
    this.prototype.name = 'DisposedError';
  }
}

/** The native part is missing, too old, or disagrees with the TypeScript part. */
export class LoadError extends NodeCudnnError {
  override readonly code = 'ERR_LOAD';

  static {
    this.prototype.name = 'LoadError';
  }
}

/** Data given to fit, evaluate or predict, or a data set's files, cannot be used. */
export class DataError extends NodeCudnnError {
  override readonly code = 'ERR_DATA';

  static {
    this.prototype.name = 'DataError';
  }
}

/** A file is not what its name or its header says. */
export class FormatError extends NodeCudnnError {
  override readonly code = 'ERR_FORMAT';

  static {
    this.prototype.name = 'FormatError';
  }
}

/** An option or argument has a value outside of what it may be. */
export class ArgumentError extends NodeCudnnError {
  override readonly code = 'ERR_ARGUMENT';

  static {
    this.prototype.name = 'ArgumentError';
  }
}

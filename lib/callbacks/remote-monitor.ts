/** Sends the figures of each epoch to a server. Source: Keras 3, `keras.callbacks.RemoteMonitor`. */
import { flag, optional, readOptions, text } from '../options/index.js';
import { Callback, type Logs } from './callback.js';

export interface RemoteMonitorOptions {
  /** 'http://localhost:9000'. */
  root?: string;
  /** '/publish/epoch/end/'. */
  path?: string;
  /** Name of the form's field that holds the figures as JSON; 'data'. */
  field?: string;
  /** More headers of the request. */
  headers?: Readonly<Record<string, string>> | null;
  /** Sends JSON as the body instead of a form; false. */
  sendAsJson?: boolean;
}

export class RemoteMonitor extends Callback {
  readonly className = 'RemoteMonitor';
  private readonly options: { root: string; path: string; field: string; sendAsJson: boolean };
  private readonly headers: Readonly<Record<string, string>>;

  constructor(options: RemoteMonitorOptions = {}) {
    super();
    const { headers, ...rest } = options;
    this.headers = headers ?? {};
    this.options = readOptions('remoteMonitor', rest, {
      root: optional(text, 'http://localhost:9000'),
      path: optional(text, '/publish/epoch/end/'),
      field: optional(text, 'data'),
      sendAsJson: optional(flag, false),
    });
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { root, path, field, sendAsJson } = this.options;
    const json = JSON.stringify({ epoch, ...logs });
    const type: Record<string, string> = sendAsJson ? { 'content-type': 'application/json' } : {};
    const body = sendAsJson ? json : new URLSearchParams({ [field]: json });
    try {
      await fetch(root + path, { method: 'POST', headers: { ...type, ...this.headers }, body });
    } catch {
      // A server that is away is no reason to end a training.
      process.emitWarning(`remoteMonitor: expected a server at ${root}, got none`);
    }
  }
}

/**
 * Posts the figures of each epoch to a server, as a form with a field of JSON, or as JSON.
 *
 * @example
 * await model.fit(x, y, { callbacks: [callbacks.remoteMonitor({ root: 'http://localhost:9000', sendAsJson: true })] });
 */
export function remoteMonitor(options?: RemoteMonitorOptions): RemoteMonitor {
  return new RemoteMonitor(options);
}

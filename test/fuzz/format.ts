/** What the fuzzer has to know of a kind of file. */
export interface FuzzFormat {
  readonly name: string;
  /** Ending of its files, with the dot. */
  readonly ending: string;
  /** Whole files, small ones: what is mutated. `folder` is empty, and may be written to. */
  seeds(folder: string): Promise<Uint8Array[]>;
  /** Puts what is read together with the file into its folder; once. */
  prepare?(folder: string): Promise<void>;
  /** Reads the file and checks what came out. Ends, or throws one of our errors; anything else is a failure. */
  read(file: string): Promise<void>;
  /** The JSON in a file, one of several by `choice`, and the file with other JSON in its place. */
  json?(bytes: Uint8Array, choice: number): { text: string; replace(text: string): Uint8Array } | undefined;
  /** Another part to be mutated byte by byte, put back with its lengths and checksums right. */
  inner?(bytes: Uint8Array, choice: number): { bytes: Uint8Array; replace(bytes: Uint8Array): Uint8Array } | undefined;
}

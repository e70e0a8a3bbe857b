/** A file of a store. */
export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last written or used, in milliseconds since 1970. */
  readonly used: number;
}

/**
 * A flat folder of files of our own, in the storage that VS Code lends an extension. Every operation may reject: the
 * disk may be full, and another window may have the same folder.
 */
export interface Store {
  /** Empty where the folder does not exist yet. */
  list(): Promise<readonly StoredFile[]>;
  /** The bytes [offset, offset + length); fewer where the file ends before. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** The file is there whole or not at all. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Notes that the file was used now, where the platform can. */
  touch(name: string): Promise<void>;
}

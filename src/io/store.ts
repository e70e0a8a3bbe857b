/** A file of a store. */
export interface StoredFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was last written or used, in milliseconds since 1970. */
  readonly used: number;
}

/**
 * A flat folder of our own files in the storage that VS Code provides. Every operation can reject: the disk may be
 * full, and another window may use the same folder.
 */
export interface Store {
  /** Empty if the folder does not exist yet. */
  list(): Promise<readonly StoredFile[]>;
  /** The bytes [offset, offset + length); fewer at the end of the file. */
  read(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** The file is there whole or not at all. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Marks the file as used now, if the platform can. */
  touch(name: string): Promise<void>;
}

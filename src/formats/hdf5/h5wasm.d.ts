/**
 * The part of h5wasm's module (HDF5's C library 2.0 in WebAssembly) that Normscope uses. The build splits h5wasm's
 * script into two modules.
 */
declare module 'h5wasm/module' {
  /** A type as h5wasm's `get_dtype_metadata` returns it; `type` is HDF5's class. */
  export interface H5Type {
    readonly type: number;
    readonly size: number;
    readonly signed: boolean;
    readonly littleEndian: boolean;
    /** A string of variable length. */
    readonly vlen: boolean;
    readonly cset?: number;
    readonly enum_type?: { readonly members: Readonly<Record<string, number>> };
  }

  /** Metadata of a dataset or an attribute. */
  export interface H5Metadata extends H5Type {
    /** Null if it is empty. */
    readonly shape: readonly number[] | null;
    readonly total_size: number;
    readonly chunks: readonly number[] | null;
    readonly virtual_sources?: readonly unknown[];
  }

  export interface H5Filter {
    readonly id: number;
    readonly name: string;
  }

  export interface H5Stream {
    readonly node: H5Node;
  }

  export interface H5Node {
    stream_ops: Readonly<Record<string, unknown>> & {
      read?(stream: H5Stream, heap: Int8Array, offset: number, length: number, position: number): number;
    };
    usedBytes: number;
  }

  type Numbers = readonly bigint[] | null;

  export interface H5Module {
    readonly HEAPU8: Uint8Array;
    readonly FS: {
      create(path: string, mode: number): H5Node;
      unlink(path: string): void;
      mkdirTree(path: string): void;
      writeFile(path: string, data: Uint8Array): void;
      readonly ErrnoError: new (code: number) => Error;
    };
    readonly H5F_ACC_RDONLY: number;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    UTF8ToString(pointer: number, maximum: number): string;
    open(name: string, mode: number, trackOrder: boolean, lowest: number, highest: number): bigint;
    close_file(file: bigint): number;
    get_names(file: bigint, path: string, recursive: boolean): string[];
    get_type(file: bigint, path: string): number;
    get_symbolic_link(file: bigint, path: string): string | null;
    get_external_link(file: bigint, path: string): { filename?: string };
    create_object_reference(file: bigint, path: string): ArrayLike<number>;
    get_dataset_metadata(file: bigint, path: string): H5Metadata;
    get_dataset_filters(file: bigint, path: string): H5Filter[];
    get_dataset_data(
      file: bigint,
      path: string,
      count: Numbers,
      offset: Numbers,
      strides: Numbers,
      pointer: bigint,
    ): number;
    get_attribute_names(file: bigint, path: string): string[];
    get_attribute_metadata(file: bigint, path: string, name: string): H5Metadata;
    get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
    reclaim_vlen_memory(file: bigint, path: string, name: string, pointer: bigint): number;
    get_dimension_labels(file: bigint, path: string): (string | null)[];
    get_attached_scales(file: bigint, path: string, axis: number): string[];
    insert_plugin_search_path(path: string, index: number): number;
  }

  export interface H5Options {
    readonly noInitialRun: boolean;
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
    readonly stdin: () => null;
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => Record<string, never>;
  }

  /** Makes an instance of the library. */
  export default function create(options: H5Options): Promise<H5Module>;
}

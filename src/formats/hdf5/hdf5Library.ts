import { t } from '@vscode/l10n';
import createModule, { type H5Module } from 'h5wasm/module';
import type { ByteSource } from '../../io/byteSource';
import { type ProblemError, problemError } from '../../model/problem';
import type { AssetReader } from '../assets';
import { uncompress } from './zlibUncompress';

/**
 * Maximum bytes of HDF5's memory. A chunk that inflates without end fails instead of exhausting the machine's memory.
 */
const MAX_HEAP = 768 * 2 ** 20;
/** WebAssembly never returns memory, so an instance that grew beyond this is replaced by a new one. */
const KEPT_HEAP = 192 * 2 ** 20;
/** Maximum number of reads per call, plus more per byte. References in a damaged file may form a cycle. */
const READS = 20_000;
const READS_A_BYTE = 1 / 8;
/** Address where the build's loop guard (guardLoops.mjs) counts down the iterations of all loops. */
const TURNS_ADDRESS = 16;
/** Maximum loop iterations for one call that reads headers: a few tenths of a second. */
const TURNS = 50_000_000;
/** Additional iterations per decompressed byte; no compression needs that number. */
const TURNS_A_BYTE = 64;
/** Maximum number of lines of HDF5's error report to keep. */
const MAX_LINES = 100;
/** EIO in Emscripten's numbering. */
const IO_ERROR = 29;
/** The error of h5wasm if a name refers to no object. All its other errors are crashes. */
const NOT_DEFINED = /^error - name not defined!$/;

/** One instance of HDF5's library. After a crash, its state is unreliable, and the next call gets a new instance. */
interface Instance {
  readonly module: H5Module;
  readonly lines: string[];
  readonly plugins: Set<string>;
}

/** A file that is open in HDF5's library. */
export interface Hdf5File {
  readonly path: string;
  /**
   * Calls HDF5 to decompress up to `bytes` bytes. Throws a ProblemError if the call crashes, does not end, or cannot
   * read the file. The caller checks return codes (a negative status); see {@link damaged}.
   */
  call<T>(work: (module: H5Module, file: bigint) => T, bytes?: number): Promise<T>;
  /** Returns whether HDF5 reported an error in the last call. */
  complained(): boolean;
  /** Returns the problem of the last call, as HDF5 describes it. */
  damaged(what: string): ProblemError;
  /** Registers a filter that is not built in. */
  installPlugin(name: string): Promise<void>;
  close(): Promise<void>;
}

let compiled: Promise<WebAssembly.Module> | undefined;
let live: Promise<Instance> | undefined;
let opened = 0;

/** Opens a file in HDF5's library, which reads it by range as needed. Throws `malformed` and other problems. */
export async function openInLibrary(source: ByteSource, readAsset: AssetReader): Promise<Hdf5File> {
  const { path, readSync, size } = source;
  if (readSync === undefined)
    throw problemError('unsupported', path, t('HDF5 files can be opened only from a local disk.'));
  let mounted: { readonly instance: Instance; readonly name: string; readonly file: bigint } | undefined;
  let closed = false;
  let failure: ProblemError | undefined;
  let reads = 0;

  /** HDF5 requests bytes. It accepts only an error code, so the problem is kept until the call ends. */
  const read = (
    module: H5Module,
    heap: Int8Array,
    offset: number,
    length: number,
    position: number,
  ): number => {
    const count = Math.max(0, Math.min(length, size - position));
    try {
      if (failure !== undefined) throw failure;
      if (reads-- <= 0) throw problemError('malformed', path, t('The file contains a reference cycle.'));
      if (count > 0) readSync(position, new Uint8Array(heap.buffer, heap.byteOffset + offset, count));
    } catch (error) {
      failure ??=
        error instanceof Error && error.name === 'ProblemError' ? (error as ProblemError) : undefined;
      throw new module.FS.ErrnoError(IO_ERROR);
    }
    return count;
  };

  const mount = (instance: Instance) => {
    const { module } = instance;
    // A name that links in other files cannot contain.
    const name = `/${++opened}-${globalThis.crypto?.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
    const node = module.FS.create(name, 0o444);
    node.usedBytes = size;
    node.stream_ops = {
      ...node.stream_ops,
      read: (_stream, heap, offset, length, position) => read(module, heap, offset, length, position),
    };
    const file = guarded(instance, () => module.open(name, module.H5F_ACC_RDONLY, false, -1, -1));
    if (failure !== undefined) throw failure;
    if (file < 0n) {
      module.FS.unlink(name);
      throw problemError(
        'malformed',
        path,
        t('The file is damaged or still being written. HDF5 reports: {0}.', reasonOf(instance)),
      );
    }
    return { instance, name, file };
  };

  const guarded = <T>(instance: Instance, work: () => T, bytes = 0): T => {
    const turns = Math.min(2 ** 32 - 1, TURNS + TURNS_A_BYTE * bytes);
    new DataView(instance.module.HEAPU8.buffer).setUint32(TURNS_ADDRESS, turns, true);
    instance.lines.length = 0;
    reads = READS + READS_A_BYTE * bytes;
    failure = undefined;
    try {
      return work();
    } catch (error) {
      if (failure !== undefined) throw failure;
      const isEndless = new DataView(instance.module.HEAPU8.buffer).getUint32(TURNS_ADDRESS, true) === 0;
      const thrown = error instanceof Error ? error.message : t('out of memory');
      const isCrash = isEndless || !NOT_DEFINED.test(thrown);
      if (isCrash) live = undefined;
      // If HDF5 cannot open an object, h5wasm reports only that the name does not exist; HDF5 reports why.
      const reason = isCrash ? thrown : reasonOf(instance) || t('a name refers to no object');
      const why = isEndless ? t('the library did not finish') : reason;
      throw problemError(
        'malformed',
        path,
        t('HDF5 cannot read a part of the file: {0}.', why),
        undefined,
        error,
      );
    }
  };

  const unmount = () => {
    if (mounted === undefined) return;
    const { instance, name, file } = mounted;
    mounted = undefined;
    guarded(instance, () => {
      instance.module.close_file(file);
      instance.module.FS.unlink(name);
    });
    if (instance.module.HEAPU8.length > KEPT_HEAP) live = undefined;
  };

  const use = async (): Promise<NonNullable<typeof mounted>> => {
    const instance = await library(readAsset);
    if (closed) throw problemError('internal', path, 'The file was read after it was closed.');
    if (mounted?.instance !== instance) mounted = mount(instance);
    return mounted;
  };

  await use();
  return {
    path,
    call: async (work, bytes) => {
      const { instance, file } = await use();
      const result = guarded(instance, () => work(instance.module, file), bytes);
      if (failure !== undefined) throw failure;
      return result;
    },
    complained: () => mounted !== undefined && reasonOf(mounted.instance) !== '',
    damaged: (what) => {
      const reason = mounted === undefined ? '' : reasonOf(mounted.instance);
      return problemError('malformed', path, `${what}${reason === '' ? '' : `: ${reason}`}.`);
    },
    installPlugin: async (name) => {
      const { plugins, module } = (await use()).instance;
      if (plugins.has(name)) return;
      const library = await readAsset(`hdf5-${name}.so`);
      module.FS.writeFile(`${PLUGINS}/libH5Z${name}.so`, library);
      plugins.add(name);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      try {
        unmount();
      } catch {
        // The instance is discarded, so there is nothing to close.
      }
      await source.close();
    },
  };
}

/** The library's folder for filters, in its in-memory file system. */
const PLUGINS = '/plugins';

/** Returns the instance in use. */
function library(readAsset: AssetReader): Promise<Instance> {
  if (live !== undefined) return live;
  compiled ??= readAsset('hdf5.wasm').then((bytes) => WebAssembly.compile(bytes.slice()));
  compiled.catch(() => {
    compiled = undefined;
  });
  const starting = compiled.then(start);
  starting.catch(() => {
    live = undefined;
  });
  live = starting;
  return starting;
}

async function start(code: WebAssembly.Module): Promise<Instance> {
  const lines: string[] = [];
  const module = await createModule({
    noInitialRun: true,
    print: () => {},
    printErr: (line) => {
      if (lines.length < MAX_LINES) lines.push(line);
    },
    stdin: () => null,
    instantiateWasm: (imports, receive) => {
      const instance = new WebAssembly.Instance(
        code,
        completed(imports, () => module.HEAPU8),
      );
      receive(instance, code);
      return {};
    },
  });
  module.FS.mkdirTree(PLUGINS);
  module.insert_plugin_search_path(PLUGINS, 0);
  return { module, lines, plugins: new Set() };
}

/** Completes h5wasm's imports for its WebAssembly with a memory limit and with functions that its filters lack. */
function completed(imports: WebAssembly.Imports, heap: () => Uint8Array): WebAssembly.Imports {
  const environment = imports['env'] as Record<string, WebAssembly.ImportValue>;
  const grow = environment['emscripten_resize_heap'] as (size: number) => boolean;
  environment['emscripten_resize_heap'] = (size: number) => size >>> 0 <= MAX_HEAP && grow(size);
  // The blosc filter needs zlib's function, which h5wasm contains but does not export.
  environment['uncompress'] = (target: number, lengthAt: number, source: number, length: number) =>
    uncompress(heap(), target, lengthAt, source, length);
  return imports;
}

/**
 * Returns the deepest line of HDF5's error report, which is the cause: `#008: …/H5Z.c line 1444 in H5Z_pipeline():
 * why`.
 */
function reasonOf({ lines }: Instance): string {
  const causes = lines.flatMap((line) => /^\s*#\d+: .* in (?:\w+)\(\): (.*)$/.exec(line)?.[1] ?? []);
  return (causes.at(-1) ?? '').replace(/\.+$/, '');
}

// The kernel's hot loops in AssemblyScript, compiled to WebAssembly SIMD by the build. Addresses are bytes in the
// instance's memory and need no alignment. src/kernel/simd/wasmArena.ts declares them for their callers.

export { affineMoments } from './affineMoments';
export { batchError } from './batchError';
export { measureBlocks } from './blocks';
export { coarsen } from './coarsen';
export { columnMoments, finishColumns } from './columnMoments';
export { walkCounts, walkTables } from './counts';
export { decodeBfloat16, decodeFloat16 } from './decode';
export { countZeros } from './elements';
export { endFill, fillRuns } from './fill';
export { pairMaps } from './maps';
export { mergeBlocks } from './merge';
export { deriveMethods, mergeUnits } from './methods';
export { rowMoments, stretchMoments } from './moments';
export { writePlaces } from './places';
export { orderStatistic } from './quantile';
export { compareRanked, rankCounts } from './ranked';
export { gatherWindow, rebinBlocks } from './rebin';
export { sketchLength, sketchRecord } from './record';
export { compareRecords, loadRecord } from './records';
export { countBelow, medianMagnitude, recordPercentiles } from './shares';

/** Address where the caller's arrays may begin. */
export const heapBase: usize = __heap_base;

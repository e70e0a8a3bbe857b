// Reads a record's sketch in one buffer; src/kernel/record/packedSketch.ts describes it.

import { Has, MethodAt, RecordAt } from './packedFields';

/** Number of methods. */
export const METHODS: i32 = 6;
/** Number of float64 numbers that the buffer begins with. */
export const NUMBERS: i32 = RecordAt.Length + METHODS * MethodAt.Length;

/** Address of a method's numbers. */
export function methodNumbers(numbers: usize, method: i32): usize {
  return numbers + ((<usize>(RecordAt.Length + method * MethodAt.Length)) << 3);
}

/** One of a method's numbers, at a place that `MethodAt` names. */
export function numberAt(method: usize, place: i32): f64 {
  return load<f64>(method + ((<usize>place) << 3));
}

/** The first method with the same sketch; negative if there is no sketch. */
export function sameMethod(numbers: usize, method: i32): i32 {
  return <i32>numberAt(methodNumbers(numbers, method), MethodAt.Same);
}

/** Number of float64 figures of the channels of a method. */
export function channelFigures(method: usize): i32 {
  const each = (<i32>numberAt(method, MethodAt.Has) & Has.ChannelPeak) === 0 ? 2 : 3;
  return each * <i32>numberAt(method, MethodAt.Channels);
}

// How precisely a batch determines the statistics of its channels: src/kernel/record/batchError.ts in the arena's memory.

/**
 * Sums over the channels of the squared errors of the mean and of the deviation, relative to the deviation, and the
 * number of channels in the sums: three float64 to `result`. `moments` has unit n·C + c.
 */
export function batchError(moments: usize, samples: i32, channels: i32, result: usize): void {
  const column = (<usize>(samples * channels)) << 3;
  const row = (<usize>channels) << 3;
  const nothing = f64x2.splat(0);
  const one = f64x2.splat(1);
  const many = f64x2.splat(<f64>samples);
  const perError = f64x2.splat(<f64>samples * <f64>(samples - 1));
  let means = nothing;
  let deviations = nothing;
  let known = nothing;
  for (let c = 0; c < channels; c += 2) {
    const first = moments + ((<usize>c) << 3);
    // The last of an odd number is taken twice, and counts once.
    const isPair = c + 1 < channels;
    let center = nothing;
    let isKnown = isPair ? f64x2.eq(nothing, nothing) : i64x2(-1, 0);
    let at = first;
    for (let n = 0; n < samples; n++, at += row) {
      isKnown = v128.and(isKnown, f64x2.gt(pairAt(at, isPair), nothing));
      center = f64x2.add(center, pairAt(at + column, isPair));
    }
    center = f64x2.div(center, many);
    let ofMean = nothing;
    let variance = nothing;
    at = first;
    for (let n = 0; n < samples; n++, at += row) {
      const d = f64x2.sub(pairAt(at + column, isPair), center);
      const square = f64x2.mul(d, d);
      ofMean = f64x2.add(ofMean, square);
      variance = f64x2.add(variance, f64x2.add(varianceAt(at, column, isPair), square));
    }
    variance = f64x2.div(variance, many);
    isKnown = v128.and(isKnown, f64x2.gt(variance, nothing));
    if (!v128.any_true(isKnown)) continue;
    let ofSquare = nothing;
    at = first;
    for (let n = 0; n < samples; n++, at += row) {
      const d = f64x2.sub(pairAt(at + column, isPair), center);
      const q = f64x2.sub(f64x2.add(varianceAt(at, column, isPair), f64x2.mul(d, d)), variance);
      ofSquare = f64x2.add(ofSquare, f64x2.mul(q, q));
    }
    const mean = f64x2.div(f64x2.div(ofMean, perError), variance);
    const four = f64x2.mul(f64x2.splat(4), f64x2.mul(variance, variance));
    const deviation = f64x2.div(f64x2.div(ofSquare, perError), four);
    means = f64x2.add(means, v128.and(mean, isKnown));
    deviations = f64x2.add(deviations, v128.and(deviation, isKnown));
    known = f64x2.add(known, v128.and(one, isKnown));
  }
  store<f64>(result, sumOf(means));
  store<f64>(result, sumOf(deviations), 8);
  store<f64>(result, sumOf(known), 16);
}

function pairAt(at: usize, isPair: bool): v128 {
  return isPair ? v128.load(at) : v128.load64_splat(at);
}

function varianceAt(at: usize, column: usize, isPair: bool): v128 {
  return f64x2.div(pairAt(at + 2 * column, isPair), pairAt(at, isPair));
}

function sumOf(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

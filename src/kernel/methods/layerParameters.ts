/** What a normalization layer learned and keeps, per channel. */
export interface LayerParameters {
  /** Scale γ of x̂; 1 where absent. */
  readonly gamma?: ArrayLike<number>;
  /** Shift β of x̂·γ; 0 where absent. */
  readonly beta?: ArrayLike<number>;
  /** Running mean and biased variance, which replace the batch statistics in batch normalization; both or neither. */
  readonly mean?: ArrayLike<number>;
  readonly variance?: ArrayLike<number>;
}

export function hasParameters({ gamma, beta, mean, variance }: LayerParameters = {}): boolean {
  return (gamma ?? beta ?? mean ?? variance) !== undefined;
}

/** γ and β of every channel: y = x̂·γ + β [Ioffe & Szegedy 2015, alg. 1]. */
export interface ChannelAffine {
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
}

/** Undefined if there is neither γ nor β. Throws if one has another number of channels. */
export function channelAffine(channels: number, { gamma, beta }: LayerParameters): ChannelAffine | undefined {
  if (gamma === undefined && beta === undefined) return undefined;
  const column = (values: ArrayLike<number> | undefined, absent: number) => {
    if (values !== undefined && values.length !== channels)
      throw new RangeError(`Expected a figure for each of ${channels} channels, found ${values.length}.`);
    return values === undefined ? new Float64Array(channels).fill(absent) : Float64Array.from(values);
  };
  return { gamma: column(gamma, 1), beta: column(beta, 0) };
}

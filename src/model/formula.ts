/** The function of a normalization layer: y = γ · (x − µ)/D + β, with one µ and one D per unit of elements. */
export interface Formula {
  /** Source of µ and D: the layer's input, its running statistics, or none (y = γ · x + β). */
  readonly statistics: 'input' | 'running' | 'none';
  readonly units: Units;
  /** Whether µ is subtracted. */
  readonly centered: boolean;
  /** Quantity that D is computed from: the variance or the mean square. */
  readonly moment: 'variance' | 'square';
  /** Divisor of the sum of squares. With `1`, the root of the sum is the Euclidean norm. */
  readonly divisor: 'n' | 'n - 1' | '1';
  /** How ε enters, where V is the moment: √(V + ε), √V + ε, max(√V, ε), or V + ε. */
  readonly place: 'inside' | 'outside' | 'max' | 'no root';
  readonly epsilon: number;
  readonly scale: 'none' | 'gamma' | '1 + gamma';
  /** Whether β is added. */
  readonly shift: boolean;
  /** Axes of the tensor that index γ and β, in order; empty if they are scalars. */
  readonly affineAxes: readonly number[];
}

/** Defines which elements share one mean and one variance. */
export interface Units {
  /** Elements that differ only along these axes share them. In ascending order. */
  readonly axes: readonly number[];
  /** Equal parts into which the elements along the axes are divided; if absent, all of them are one unit. */
  readonly parts?: Parts;
}

export interface Parts {
  readonly count: number;
  /**
   * `contiguous` and `interleaved` divide one axis, into consecutive ranges or by index modulo the count. `reshaped`
   * permutes the axes, flattens them into one, and divides that.
   */
  readonly kind: 'contiguous' | 'interleaved' | 'reshaped';
  /** The divided axis, or the order of the axes. */
  readonly axes: readonly number[];
}

/**
 * Parts of a formula that the recorded values do not determine, because every choice gives the same output within
 * rounding. `epsilon`: ε is 0 or the layer's attribute. `digits`: ε is known only to within a factor of about two.
 */
export type Unseen = 'epsilon' | 'digits' | 'place' | 'divisor';

/** A formula that reproduces a layer's recorded output within rounding. */
export interface FittedFormula {
  readonly formula: Formula;
  readonly unseen: readonly Unseen[];
  /** How a layer with half-precision input and output computes; absent if unknown. */
  readonly arithmetic?: Arithmetic;
}

/**
 * Computed in float32 and rounded once; computed in float32, rounded before γ and again at the end; or computed in
 * the type of input and output.
 */
export type Arithmetic = 'float32' | 'rounded before gamma' | 'storage type';

/** What a normalization layer computes: y = γ · (x − µ)/D + β, with one µ and one D for each unit of elements. */
export interface Formula {
  /** Where µ and D come from: the layer's input, its running statistics, or nowhere: y = γ · x + β. */
  readonly statistics: 'input' | 'running' | 'none';
  readonly units: Units;
  /** Whether µ is subtracted. */
  readonly centered: boolean;
  /** What D is made of: the variance, or the mean of squares. */
  readonly moment: 'variance' | 'square';
  /** What the sum of squares is divided by; `1`: by nothing, so that its root is the Euclidean norm. */
  readonly divisor: 'n' | 'n - 1' | '1';
  /** With V the moment: √(V + ε), √V + ε, max(√V, ε), V + ε. */
  readonly place: 'inside' | 'outside' | 'max' | 'no root';
  readonly epsilon: number;
  readonly scale: 'none' | 'gamma' | '1 + gamma';
  /** Whether β is added. */
  readonly shift: boolean;
  /** Axes of the tensor that γ and β are indexed by, in order; none if they are single numbers. */
  readonly affineAxes: readonly number[];
}

/** Which elements share one mean and one variance. */
export interface Units {
  /** Elements that differ only along these axes share them; ascending. */
  readonly axes: readonly number[];
  /** Equal parts that the elements along the axes are divided into; absent: all of them are one unit. */
  readonly parts?: Parts;
}

export interface Parts {
  readonly count: number;
  /**
   * `contiguous`, `interleaved`: one axis is divided, into stretches or by its index modulo the count. `reshaped`: the
   * axes are put in an order, reshaped into one, and that is divided.
   */
  readonly kind: 'contiguous' | 'interleaved' | 'reshaped';
  /** The axis that is divided, or the order of the axes. */
  readonly axes: readonly number[];
}

/**
 * Parts of a formula that the recorded values do not show, since every choice gives the same output within rounding.
 * `epsilon`: it is 0 or the number that the class carries; `digits`: it is known to within a factor of about two.
 */
export type Unseen = 'epsilon' | 'digits' | 'place' | 'divisor';

/** A formula that a layer's recorded output follows within rounding. */
export interface FittedFormula {
  readonly formula: Formula;
  readonly unseen: readonly Unseen[];
  /** How a layer with input and output in half precision computes; absent if unknown. */
  readonly arithmetic?: Arithmetic;
}

/** In float32 and rounded once; in float32, rounded before γ and after; or in the type of input and output. */
export type Arithmetic = 'float32' | 'rounded before gamma' | 'storage type';

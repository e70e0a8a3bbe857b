// Areas between functions that are linear over a cell and may cross in it.

import { TINY } from './pairs';
import { upper } from './ranks';

/** What crossing takes from the areas below |p| to |q|, of four cells, as two sums that are not above 0. */
export function lostAreas(p: v128, q: v128): v128 {
  return f64x2.add(
    lostArea(f64x2.convert_low_i32x4_s(p), f64x2.convert_low_i32x4_s(q)),
    lostArea(f64x2.convert_low_i32x4_s(upper(p)), f64x2.convert_low_i32x4_s(upper(q))),
  );
}

/** Where the sign changes, there are two triangles: (|p| + |q|)/2 − |p||q|/(|p| + |q|), and −|p||q| is p·q. */
export function lostArea(p: v128, q: v128): v128 {
  const products = f64x2.pmin(f64x2.splat(0), f64x2.mul(p, q));
  return f64x2.div(products, f64x2.pmax(f64x2.splat(TINY), f64x2.add(f64x2.abs(p), f64x2.abs(q))));
}

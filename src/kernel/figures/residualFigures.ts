import type { ResidualFigures } from '../../model/residualStream';
import type { TensorPair } from '../tensor/tensorPair';

/**
 * Returns how a branch f changes a residual stream, from the stream x before and y = x + f(x) after it: ‖y − x‖/‖x‖, and
 * the angle between x and y. Takes the elements of which both values are finite. The angle follows from the differences,
 * so that it is exact for branches that hardly change the stream: with s = ‖f‖/‖x‖ and c = ⟨x, f⟩/‖x‖², its tangent is
 * √(s² − c²)/(1 + c).
 */
export async function residualFigures(pair: Pick<TensorPair, 'size' | 'forEach'>): Promise<ResidualFigures> {
  let [squares, added, mixed] = [0, 0, 0];
  await pair.forEach(pair.size, (before, after) => {
    for (let i = 0; i < before.length; i++) {
      const x = before[i];
      const f = after[i] - x;
      if (f - f !== 0) continue;
      squares += x * x;
      added += f * f;
      mixed += x * f;
    }
  });
  if (!(squares > 0)) return { share: Number.NaN, angle: Number.NaN };
  const [share, along] = [Math.sqrt(added / squares), mixed / squares];
  const across = Math.sqrt(Math.max(0, share * share - along * along));
  return { share, angle: (180 / Math.PI) * Math.atan2(across, 1 + along) };
}

import type { RankParameters } from '../../model/analysis';
import type { ParameterRole } from '../../model/catalog';

/** Parameters of one layer on one rank, with one element per channel. */
export type ParametersOfRank = Readonly<Partial<Record<ParameterRole, ArrayLike<number>>>>;

/**
 * Finds which ranks have bitwise equal parameters, and by how much the others differ. Data-parallel training starts
 * from equal parameters and adds equal gradients, so the parameters stay equal [Li et al. 2020, PyTorch Distributed,
 * §3.1]. Returns undefined if all are equal, with fewer than two ranks, and if shapes differ, as they do if ranks hold
 * parts of one layer.
 */
export function rankParameters(
  ranks: readonly (readonly [rank: number, parameters: ParametersOfRank])[],
): RankParameters | undefined {
  const groups: { readonly ranks: number[]; readonly parameters: ParametersOfRank }[] = [];
  const roles = new Set<ParameterRole>();
  let ulps = 0;
  for (const [rank, parameters] of ranks) {
    const same = groups.find((group) => differenceOf(group.parameters, parameters).ulps === 0);
    if (same !== undefined) {
      same.ranks.push(rank);
      continue;
    }
    if (groups.length > 0) {
      const difference = differenceOf(groups[0].parameters, parameters);
      // Parts of one layer cannot be compared.
      if (Number.isNaN(difference.ulps)) return undefined;
      for (const role of difference.roles) roles.add(role);
      ulps = Math.max(ulps, difference.ulps);
    }
    groups.push({ ranks: [rank], parameters });
  }
  if (groups.length < 2) return undefined;
  const bySize = groups.map((group) => group.ranks).sort((a, b) => b.length - a.length || a[0] - b[0]);
  return { roles: [...roles], groups: bySize, ulps };
}

/** Returns the roles with a differing element, and the largest difference; NaN if lengths differ. */
function differenceOf(a: ParametersOfRank, b: ParametersOfRank): { roles: ParameterRole[]; ulps: number } {
  const roles: ParameterRole[] = [];
  let greatest = 0;
  for (const role of Object.keys(a) as ParameterRole[]) {
    const [ours, theirs] = [a[role], b[role]];
    if (ours === undefined || theirs === undefined) continue;
    if (ours.length !== theirs.length) return { roles, ulps: Number.NaN };
    let ofRole = 0;
    for (let i = 0; i < ours.length; i++) ofRole = Math.max(ofRole, ulpsBetween(ours[i], theirs[i]));
    if (ofRole > 0) roles.push(role);
    greatest = Math.max(greatest, ofRole);
  }
  return { roles, ulps: greatest };
}

const bits = new DataView(new ArrayBuffer(4));

/** Returns the distance of two values in float32 numbers: at least 1 if they differ. NaN equals NaN. */
function ulpsBetween(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  return Math.max(1, Math.abs(ordinal(a) - ordinal(b)));
}

/** Returns the position of a number among all float32 numbers, with 0 at 0. */
function ordinal(value: number): number {
  bits.setFloat32(0, value);
  const pattern = bits.getInt32(0);
  return pattern < 0 ? -(pattern & 0x7fffffff) : pattern;
}

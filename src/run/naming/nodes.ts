import type { ParsedName, Remainder } from './parsedName';
import { without } from './without';

const NODE = /(?<![\p{L}\p{N}])(?:node|machine)[\s_=-]?(\d{1,5})(?![\p{L}\p{N}])/iu;

/**
 * Joins a machine's number and the rank on it into one rank if ranks restart on each machine (`node1/local_rank_0`):
 * machine times ranks per machine, plus rank, as `torchrun` counts. Otherwise, a node could be anything and stays part
 * of the name.
 */
export function readNodes(names: readonly ParsedName[]): readonly ParsedName[] {
  if (names.length === 0 || names.some(({ fields }) => fields.rank === undefined)) return names;
  const found = names.map(nodeIn);
  const nodesOf = new Map<number, Set<number>>();
  for (const [index, node] of found.entries()) {
    if (node === undefined) return names;
    const rank = names[index].fields.rank ?? 0;
    nodesOf.set(rank, (nodesOf.get(rank) ?? new Set()).add(node.number));
  }
  if ([...nodesOf.values()].every((nodes) => nodes.size < 2)) return names;
  const perNode = Math.max(...nodesOf.keys()) + 1;
  return names.map((name, index) => {
    const node = found[index];
    const rank = name.fields.rank ?? 0;
    return node === undefined
      ? name
      : { ...node.name, fields: { ...name.fields, rank: node.number * perNode + rank } };
  });
}

function nodeIn(name: ParsedName): { number: number; name: ParsedName } | undefined {
  for (const part of [name.stem, ...[...name.folders].reverse()]) {
    const match = NODE.exec(part.text);
    if (match === null) continue;
    const rest: Remainder = { text: without(part.text, match.index, match[0].length), marked: true };
    return {
      number: Number(match[1]),
      name: {
        ...name,
        stem: part === name.stem ? rest : name.stem,
        folders: name.folders.map((folder) => (folder === part ? rest : folder)),
      },
    };
  }
  return undefined;
}

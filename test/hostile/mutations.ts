export interface MutationOrder {
  readonly seed: number;
}
export interface MutationResult {
  readonly outcome: string;
}
export async function runMutation(_order: MutationOrder): Promise<MutationResult> {
  return { outcome: '' };
}

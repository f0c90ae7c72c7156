import { requireQuantity } from '../rules/values';

/** What a container may use, as Kubernetes writes it: `{ cpu: '100m', memory: '64Mi' }`. */
export interface ComputeResources {
  /**
   * What it is sure to get. The requests of all steps add up, though they run one after another.
   * @default - none
   */
  readonly requests?: { readonly [resource: string]: string };
  /**
   * What it gets at most.
   * @default - none
   */
  readonly limits?: { readonly [resource: string]: string };
}

/** @internal */
export function requireComputeResources(path: string, of: string, resources: ComputeResources = {}): void {
  for (const [kind, amounts] of Object.entries(resources)) {
    for (const [resource, amount] of Object.entries(amounts ?? {})) {
      requireQuantity(path, `${resource} in ${kind} of ${of}`, amount as string);
    }
  }
}

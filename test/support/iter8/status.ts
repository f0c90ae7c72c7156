import type { KubernetesObject } from '../kubernetes/store';

/** Sets a condition of an experiment. */
export function mark(
  experiment: KubernetesObject,
  type: string,
  status: string,
  reason?: string,
  message?: string,
): void {
  const condition = { type, status, ...(reason && { reason, message: message ?? '' }) };
  const others = (experiment.status.conditions ?? []).filter((each: any) => each.type !== type);
  experiment.status.conditions = [...others, condition];
}

export function conditionIs(experiment: KubernetesObject, type: string, status: string): boolean {
  return (experiment.status?.conditions ?? []).some((each: any) => each.type === type && each.status === status);
}

/** Seconds of a duration as Go reads it; 0 where it can't. */
export function seconds(text: string | undefined, otherwise: number): number {
  if (text === undefined) {
    return otherwise;
  }
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };
  return parts.map(([, amount, unit]) => Number(amount) * units[unit]).reduce((sum, each) => sum + each, 0);
}

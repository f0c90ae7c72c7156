import type { Chart } from 'cdk8s';
import { Criterion, GitSource, Iter8Pipeline, type Iter8PipelineProps } from '../../lib';
import { newChart } from './synth';

/** What a canary of reviews can't do without. */
export const REVIEWS: Iter8PipelineProps = {
  source: GitSource.repository('https://git.example.com/bookinfo/reviews'),
  image: 'registry.example.com/bookinfo/reviews',
  service: 'reviews',
  criteria: [Criterion.errorRate({ below: 0.01 })],
};

/** A canary of reviews, delivered from another namespace. */
export function newCanary(more: Partial<Iter8PipelineProps> = {}): { chart: Chart; canary: Iter8Pipeline } {
  const chart = newChart('delivery');
  return { chart, canary: new Iter8Pipeline(chart, 'canary', { ...REVIEWS, ...more }) };
}

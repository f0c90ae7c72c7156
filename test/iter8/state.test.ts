import { execFileSync } from 'node:child_process';
import { Iter8Api } from '../../lib';

/** What the scripts read of an experiment, by the real kubectl. */
function state(api: Iter8Api, experiment: object): string[] {
  const { apiVersion, state: template } = api._dialect;
  const object = {
    apiVersion,
    kind: 'Experiment',
    metadata: { name: 'e', uid: 'u-1', resourceVersion: '7' },
    ...experiment,
  };
  const args = ['patch', '--local', '-f', '-', '--type', 'merge', '-p', '{}', '-o', `go-template=${template}`];
  return execFileSync('kubectl', args, { input: JSON.stringify(object), encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

test('an experiment that has just been created has nothing but its uid and version', () => {
  expect(state(Iter8Api.V1ALPHA2, {})).toEqual(['uid u-1', 'version 7']);
  expect(state(Iter8Api.V1ALPHA1, {})).toEqual(['uid u-1', 'version 7']);
});

test('v1alpha2: all that the status says', () => {
  const facts = state(Iter8Api.V1ALPHA2, {
    metadata: {
      name: 'e',
      uid: 'u-1',
      resourceVersion: '7',
      deletionTimestamp: '2026-01-01T00:00:00Z',
      annotations: { 'cdk8s-iter8/decision': 'rollback' },
    },
    spec: {
      service: { name: 's', baseline: 'b', candidates: ['c'] },
      criteria: [{ metric: 'iter8_mean_latency' }],
      manualOverride: { action: 'terminate' },
    },
    status: {
      phase: 'Completed',
      currentIteration: 3,
      lastUpdateTime: '2026-01-01T00:00:01Z',
      message: 'two\nlines "quoted"',
      conditions: [
        { type: 'ExperimentCompleted', status: 'True', reason: 'ExperimentCompleted' },
        { type: 'RoutingRulesReady', status: 'False' },
      ],
      assessment: {
        baseline: { weight: 100 },
        candidates: [
          {
            weight: 0,
            rollback: true,
            criterion_assessments: [{ threshold_assessment: { threshold_breached: true } }],
          },
        ],
        winner: { winning_version_found: true, name: 'b' },
      },
    },
  });
  expect(facts).toEqual([
    'uid u-1',
    'version 7',
    'deleting 2026-01-01T00:00:00Z',
    'decision rollback',
    'service s',
    'baseline b',
    'candidate c',
    'criteria 1',
    'override terminate',
    'phase Completed',
    'iteration 3',
    'updated 2026-01-01T00:00:01Z',
    'message "two\\nlines \\"quoted\\""',
    'completed True',
    'reason ExperimentCompleted',
    'routing False',
    'baseline-weight 100',
    'candidate-weight 0',
    'lost rollback',
    'lost threshold',
    'winner b',
  ]);
});

test('v1alpha2: a best version that is not found is no winner', () => {
  const assessment = { winner: { winning_version_found: false, current_best_version: 'c' } };
  expect(state(Iter8Api.V1ALPHA2, { status: { assessment } })).toEqual(['uid u-1', 'version 7']);
});

test('v1alpha1: all that the status says', () => {
  const facts = state(Iter8Api.V1ALPHA1, {
    spec: {
      targetService: { name: 's', baseline: 'b', candidate: 'c' },
      analysis: { successCriteria: [{ metricName: 'm' }] },
    },
    action: 'override_failure',
    status: {
      phase: 'Failed',
      currentIteration: 2,
      lastIncrementTime: '2026-01-01T00:00:01Z',
      message: 'ExperimentFailed',
      conditions: [
        { type: 'ExperimentCompleted', status: 'True', reason: 'ExperimentFailed' },
        { type: 'ExperimentSucceeded', status: 'False' },
        { type: 'RoutingRulesReady', status: 'True' },
      ],
      trafficSplitPercentage: { baseline: 100, candidate: 0 },
    },
  });
  expect(facts.sort()).toEqual(
    [
      'uid u-1',
      'version 7',
      'service s',
      'baseline b',
      'candidate c',
      'criteria 1',
      'override override_failure',
      'phase Failed',
      'iteration 2',
      'updated 2026-01-01T00:00:01Z',
      'message "ExperimentFailed"',
      'completed True',
      'reason ExperimentFailed',
      'lost criteria',
      'routing True',
      'baseline-weight 100',
      'candidate-weight 0',
    ].sort(),
  );
});

import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';

/**
 * Refuses a chart with labels for what Tekton makes pods of: it hands the labels of Tasks, Pipelines and runs to the pods,
 * and a Service that selects by them would send the pods live traffic. (`docs/labels.md` of tektoncd/pipeline v1.15.) So does
 * Triggers with those of EventListeners. (`pkg/reconciler/eventlistener/resources/deployment.go` of tektoncd/triggers v0.37.)
 * @internal
 */
export function refuseChartLabels(scope: Construct, id: string, pods = 'the pods of tasks'): void {
  const [label] = Object.entries(Chart.of(scope).labels);
  if (label) {
    throw new Error(
      `${scope.node.path}/${id}: the chart has the label ${label.join('=')}, which ${pods} would get, and with it ` +
        'the traffic of a Service that selects by it; expected a chart without labels; ' +
        "fix: put this into a chart of its own, new Chart(app, 'delivery', { namespace: 'namespace' })",
    );
  }
}

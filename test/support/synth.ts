import { App, Chart, Testing } from 'cdk8s';

/** A chart in an app of its own. */
export function newChart(namespace: string | undefined = 'team'): Chart {
  return new Chart(new App(), 'chart', { namespace });
}

/** The manifests of a chart, with everything checked that `cdk8s synth` checks. */
export function manifests(chart: Chart): any[] {
  (chart.node.root as App).synthYaml();
  return Testing.synth(chart);
}

/** The manifest of a kind; the only one, unless it is named. */
export function manifest(chart: Chart, kind: string, name?: string): any {
  const found = manifests(chart).filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  if (found.length !== 1) {
    throw new Error(`${found.length} manifests of kind ${kind}${name === undefined ? '' : ` and name ${name}`}`);
  }
  return found[0];
}

/** The problems that `cdk8s synth` reports, without cdk8s' own words around them. */
export function problems(chart: Chart): string[] {
  try {
    (chart.node.root as App).synthYaml();
    return [];
  } catch (error) {
    const text = (error as Error).message;
    return text
      .split('\n')
      .map((line) => line.trim().replace(/^\[[^\]]*\] /, ''))
      .filter((line) => line.includes('; fix: '));
  }
}

import { ApiObject, type ApiObjectMetadata, Chart, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { duplicateObject } from '../rules/duplicate-object';
import { validate } from '../rules/validation';
import { refuse, requireName, requireSubdomain } from '../rules/values';
import { type ExperimentOptions, resolveOptions } from './experiment-options';
import { Iter8Api } from './iter8-api';

/** An experiment between versions that are known. */
export interface ExperimentProps extends ExperimentOptions {
  /** Name of the Service under test. */
  readonly service: string;
  /** Name of the Deployment that is live. */
  readonly baseline: string;
  /** Names of the Deployments to compare with it. v1alpha1 takes exactly one. */
  readonly candidates: string[];
  /**
   * Namespace of the Service and the Deployments.
   * @default - the experiment's
   */
  readonly serviceNamespace?: string;
  /**
   * Whether iter8 deletes the versions that get no traffic in the end. It then also deletes the routing that it made,
   * with the way in from `hosts`, and candidates of experiments that never ran.
   * @default false
   */
  readonly cleanup?: boolean;
  /**
   * Name, namespace, labels and annotations. iter8 ignores a second experiment of one name: once it has ended, give the
   * next one another name.
   * @default - named like the construct's id, in the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
}

function requireVersions(path: string, props: ExperimentProps): void {
  const { service, serviceNamespace, baseline, candidates } = props;
  requireName(path, 'service', service);
  if (serviceNamespace !== undefined) {
    requireName(path, 'serviceNamespace', serviceNamespace);
  }
  requireSubdomain(path, 'baseline', baseline);
  for (const [i, candidate] of candidates.entries()) {
    requireSubdomain(path, 'a candidate', candidate);
    if (candidate === baseline || candidates.indexOf(candidate) !== i) {
      const expected = 'another Deployment than the baseline and the other candidates';
      refuse(path, 'a candidate', candidate, expected, "name the new version's");
    }
  }
}

/** An iter8 Experiment, for people who write it by hand. A pipeline makes its own from the same options. */
export class Experiment extends Construct {
  /** The object as cdk8s writes it, for patches and dependencies. */
  public readonly apiObject: ApiObject;

  public constructor(scope: Construct, id: string, props: ExperimentProps) {
    super(scope, id);
    const path = this.node.path;
    const { name = id, namespace = Chart.of(this).namespace, generateName, ...metadata } = props.metadata ?? {};
    if (generateName !== undefined) {
      const expected = 'none, because an Experiment is written with its name';
      refuse(path, 'metadata.generateName', generateName, expected, 'give metadata.name');
    }
    requireSubdomain(path, 'the name of an Experiment', name);
    if (namespace !== undefined) {
      requireName(path, 'the namespace', namespace);
    }
    requireVersions(path, props);
    // iter8 writes both into a label's value.
    const label = `${name}.${namespace ?? 'default'}`;
    if (label.length > 63) {
      throw new Error(
        `${path}: the experiment's name and namespace ${label} have ${label.length - 1} characters; expected at most 62 together; fix: shorten the name`,
      );
    }
    const dialect = (props.api ?? Iter8Api.V1ALPHA2)._dialect;
    const spec = dialect.spec(path, resolveOptions(path, props), {
      service: props.service,
      namespace: props.serviceNamespace,
      baseline: props.baseline,
      candidates: props.candidates,
    });
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: dialect.apiVersion,
      kind: 'Experiment',
      metadata: { ...metadata, name, namespace },
      spec: Lazy.any({ produce: () => spec }),
    });
    const duplicates = duplicateObject(this, 'Experiment', namespace, name);
    validate(
      this,
      () => 0,
      () => duplicates,
    );
  }

  /** Name of the object. */
  public get name(): string {
    return this.apiObject.name;
  }
}

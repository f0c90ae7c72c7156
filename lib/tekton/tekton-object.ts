import { ApiObject, type ApiObjectMetadata, Chart, JsonPatch, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { duplicateObject } from '../rules/duplicate-object';
import type { Problem } from '../rules/problem';
import { validate } from '../rules/validation';
import { refuse, requireName, requireObjectName } from '../rules/values';
import { copy } from './copy';

/** What Tasks, Pipelines and PipelineRuns have in common. */
export interface TektonObjectProps {
  /**
   * Name, namespace, labels and annotations.
   *
   * Labels, those of the chart included, reach the pods of every run, where a Service's selector could match them: leave
   * `app` to the application, and give these objects a chart without the application's labels.
   *
   * @default - named like the construct's id, in the chart's namespace
   */
  readonly metadata?: ApiObjectMetadata;
}

/**
 * An object of Tekton's API. What it says is rendered when the app is synthesized, so it can be added to until then,
 * and JSON patches of `apiObject` reach every field.
 */
export abstract class TektonObject extends Construct {
  /** The object as cdk8s writes it, for patches and dependencies. */
  public readonly apiObject: ApiObject;
  private changes = 0;

  /**
   * Everything is checked before the construct is part of the tree, so a name that is refused leaves nothing behind.
   * @internal
   */
  protected constructor(scope: Construct, id: string, kind: string, props: TektonObjectProps, generateName?: string) {
    const path = pathOf(scope, id);
    const { name, namespace = Chart.of(scope).namespace, ...metadata } = copy({ ...props.metadata });
    checkName(path, kind, name ?? id, { ...metadata, name }, generateName);
    if (namespace !== undefined) {
      requireName(path, 'the namespace', namespace);
    }
    super(scope, id);
    const named = generateName === undefined;
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'tekton.dev/v1',
      kind,
      metadata: { ...metadata, name: name ?? id, namespace, ...(!named && { generateName }) },
      spec: Lazy.any({ produce: () => this._render() }),
    });
    if (!named) {
      // cdk8s gives every object a name, and Kubernetes prefers it to generateName: the second run would be refused.
      this.apiObject.addJsonPatch(JsonPatch.remove('/metadata/name'));
    }
    const duplicates = named ? duplicateObject(this, kind, namespace, name ?? id) : [];
    validate(
      this,
      () => this._revision,
      () => [...duplicates, ...this._problems()],
    );
  }

  /**
   * Changes with every change, so what was derived can be kept until then.
   * @internal
   */
  public get _revision(): number {
    return this.changes;
  }

  /** @internal */
  public _changed(): void {
    this.changes++;
  }

  /** @internal */
  protected get _namespace(): string | undefined {
    return this.apiObject.metadata.namespace;
  }

  /** @internal */
  protected abstract _render(): any;

  /** @internal */
  protected abstract _problems(): Problem[];
}

/** The path that a construct is going to have. @internal */
export function pathOf(scope: Construct, id: string): string {
  return [scope.node.path, id].filter((part) => part !== '').join('/');
}

/** Refuses a name that Kubernetes would, and one beside generateName. @internal */
export function checkName(
  path: string,
  kind: string,
  name: string,
  metadata: { readonly [field: string]: any },
  generateName: string | undefined,
): void {
  if (metadata.generateName !== undefined) {
    const fix = generateName === undefined ? 'give it a name' : 'give generateName beside metadata';
    refuse(path, 'metadata.generateName', metadata.generateName, 'none in metadata', fix);
  }
  if (generateName === undefined) {
    requireObjectName(path, `the name of a ${kind}`, name);
  } else if (metadata.name !== undefined) {
    refuse(
      path,
      'metadata.name',
      metadata.name,
      `no name for a ${kind}, which gets one in the cluster`,
      'give generateName',
    );
  }
}

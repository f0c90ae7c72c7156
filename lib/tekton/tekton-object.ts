import { ApiObject, type ApiObjectMetadata, Chart, JsonPatch, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { duplicateObject } from '../rules/duplicate-object';
import type { Problem } from '../rules/problem';
import { validate } from '../rules/validation';
import { requireObjectName } from '../rules/values';

/** What Tasks, Pipelines and PipelineRuns have in common. */
export interface TektonObjectProps {
  /**
   * Name, namespace, labels and annotations.
   *
   * Labels reach the pods of every run, where a Service's selector could match them: leave `app` to the application.
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

  /** @internal */
  protected constructor(scope: Construct, id: string, kind: string, props: TektonObjectProps, generateName?: string) {
    super(scope, id);
    const { name = id, namespace = Chart.of(this).namespace, ...metadata } = props.metadata ?? {};
    if (!generateName) {
      requireObjectName(this.node.path, `the name of a ${kind}`, name);
    }
    this.apiObject = new ApiObject(this, 'Resource', {
      apiVersion: 'tekton.dev/v1',
      kind,
      metadata: { ...metadata, name, namespace, ...(generateName && { generateName }) },
      spec: Lazy.any({ produce: () => this._render() }),
    });
    if (generateName) {
      // cdk8s gives every object a name, and Kubernetes prefers it to generateName: the second run would be refused.
      this.apiObject.addJsonPatch(JsonPatch.remove('/metadata/name'));
    }
    const duplicates = generateName ? [] : duplicateObject(this, kind, namespace, name);
    validate(
      this,
      () => this._revision,
      () => [...duplicates, ...this._problems()],
    );
  }

  /** Name of the object. */
  public get name(): string {
    return this.apiObject.name;
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

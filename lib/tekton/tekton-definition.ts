import type { Construct } from 'constructs';
import { byName } from '../rules/by-name';
import {
  ArrayParam,
  type ArrayParamProps,
  ObjectParam,
  type ObjectParamProps,
  Param,
  type ParamBase,
  type ParamProps,
} from './param';
import { TektonObject, type TektonObjectProps } from './tekton-object';

/** What Tasks and Pipelines are made with. Everything else is added to them. */
export interface TektonDefinitionProps extends TektonObjectProps {
  /**
   * What people call it, for viewers.
   * @default - its name
   */
  readonly displayName?: string;
  /**
   * What it does.
   * @default - none
   */
  readonly description?: string;
}

/** What Tasks and Pipelines have in common: a description and params. */
export abstract class TektonDefinition extends TektonObject {
  /** @internal */
  protected readonly _texts: { readonly displayName?: string; readonly description?: string };
  /** @internal */
  protected readonly _params: ParamBase[] = [];

  /** @internal */
  protected constructor(scope: Construct, id: string, kind: string, props: TektonDefinitionProps) {
    super(scope, id, kind, props);
    this._texts = { displayName: props.displayName, description: props.description };
  }

  /** Name of the object. */
  public get name(): string {
    return this.apiObject.name;
  }

  /** Declares a string param. */
  public addParam(name: string, props: ParamProps = {}): Param {
    return this._add(this._params, new Param(this.node.path, name, props));
  }

  /** Declares an array param. */
  public addArrayParam(name: string, props: ArrayParamProps = {}): ArrayParam {
    return this._add(this._params, new ArrayParam(this.node.path, name, props));
  }

  /** Declares an object param. */
  public addObjectParam(name: string, props: ObjectParamProps): ObjectParam {
    return this._add(this._params, new ObjectParam(this.node.path, name, props));
  }

  /** What a param that is declared by now has for a default. @internal */
  public _defaultOf(name: string): any {
    return this._params.find((param) => param.name === name)?._render().default;
  }

  /** @internal */
  protected _add<List, Item extends List>(list: List[], item: Item): Item {
    list.push(item);
    this._changed();
    return item;
  }
}

/** What has a name, rendered in the order of the names; nothing where there is none. @internal */
export function sorted<Item extends { readonly name: string }, Out>(
  items: readonly Item[],
  render: (item: Item) => Out,
): Out[] | undefined {
  return items.length > 0 ? [...items].sort((a, b) => byName(a.name, b.name)).map(render) : undefined;
}

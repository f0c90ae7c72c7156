import type { BoundParam } from '../rules/model';
import { type LocatedText, textsIn } from '../rules/reference';
import { renderParams } from './param-value';

/** One more combination of a matrix. */
export interface MatrixInclude {
  /**
   * Its name.
   * @default - none
   */
  readonly name?: string;
  /** Its params. */
  readonly params: { readonly [name: string]: string };
}

/** Runs a task once for each combination of values, at most 256 times by Tekton's default. */
export interface Matrix {
  /**
   * For each param the list of its values, or a variable for a whole array: `ArrayParam.ref`, `PipelineTask.arrayResult`.
   * @default - none
   */
  readonly params?: { readonly [name: string]: any };
  /**
   * Single combinations, in addition.
   * @default - none
   */
  readonly include?: MatrixInclude[];
}

/** The params that get their values from a matrix. @internal */
export function matrixParams({ params = {}, include = [] }: Matrix): BoundParam[] {
  const names = new Set([...Object.keys(params), ...include.flatMap((each) => Object.keys(each.params))]);
  return [...names].map((name) => ({ name, type: 'string' }));
}

/** @internal */
export function matrixTexts({ params = {}, include = [] }: Matrix): LocatedText[] {
  return [
    ...Object.entries(params).flatMap(([name, values]) => {
      return textsIn(`matrix param ${name}`, values, Array.isArray(values) ? 'item' : 'list');
    }),
    ...include.flatMap((each) => textsIn('matrix include', each.params)),
  ];
}

/** @internal */
export function renderMatrix({ params, include }: Matrix): { params?: any[]; include?: any[] } {
  return {
    params: renderParams(params),
    include: include?.map((each) => ({ name: each.name, params: renderParams(each.params) })),
  };
}

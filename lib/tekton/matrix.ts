import type { BoundParam } from '../rules/model';
import { isWhole, type LocatedText, referencesIn, textsIn } from '../rules/reference';
import { refuse } from '../rules/values';
import { isScalar, renderParams } from './param-value';

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

/** How many runs Tekton counts before it knows the variables. (`CountCombinations` in `pkg/apis/pipeline/v1/matrix_types.go`, v1.15.) */
function combinations({ params = {}, include = [] }: Matrix): number {
  const lists = Object.values(params).filter((values) => Array.isArray(values) && values.length > 0);
  if (Object.keys(params).length === 0) {
    return include.length;
  }
  const more = include.filter(({ params: given }) => {
    return Object.entries(given).some(([name, value]) => {
      return Array.isArray(params[name]) && !params[name].map(String).includes(String(value));
    });
  });
  return lists.reduce((product, list) => product * list.length, 1) + more.length;
}

/** Refuses what Tekton can't make runs of. @internal */
export function requireMatrix(path: string, matrix: Matrix): void {
  const { params = {}, include = [] } = matrix;
  for (const [name, values] of Object.entries(params)) {
    const whole = typeof values === 'string' && isWhole({ text: values, references: referencesIn(values) });
    if (!whole && !(Array.isArray(values) && values.every(isScalar))) {
      const expected = 'a list of strings, or a variable for a whole array';
      refuse(path, `matrix param ${name}`, values, expected, `give ${name} a list`);
    }
  }
  for (const each of include) {
    const given = Object.values(each.params ?? {});
    if (given.length === 0 || !given.every(isScalar)) {
      refuse(path, 'an include of the matrix', each, 'params, each of them a string', 'write params: { NAME: VALUE }');
    }
  }
  const count = combinations(matrix);
  if (count === 0 && Object.keys(params).length === 0) {
    refuse(path, 'matrix', matrix, 'params or include', 'give it a list of values, or leave the matrix out');
  }
  if (count > 256) {
    const expected = "at most 256, Tekton's default";
    refuse(path, 'the number of combinations of the matrix', count, expected, 'use fewer values, or two tasks');
  }
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

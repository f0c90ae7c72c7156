import { type Declared, declaredInPipeline, declaredInTask } from './declared';
import type { PipelineModel, TaskModel } from './model';
import type { Finding, Problem } from './problem';
import type { LocatedText, Reference } from './reference';

/** Whether a variable for the whole of an array or object may stand where it does. */
function mayBeWhole({ text, place }: LocatedText, reference: Reference, type: 'array' | 'object'): boolean {
  if (reference.text !== text) {
    return false;
  }
  const star = reference.index === '*';
  if (type === 'object') {
    return star && place === 'value';
  }
  // In a list of items Tekton reads a param and the result of a task without the star as well.
  const bare = place === 'item' && reference.index === undefined && reference.root !== 'steps';
  return bare || (star && ['item', 'values', 'value', 'list'].includes(place));
}

/** What is wrong with a variable for what is declared, in the text where it stands. */
export function misuse(text: LocatedText, reference: Reference, declared: Declared): Finding | undefined {
  const { what, type, stem, rest, keys = ['KEY'] } = declared;
  const { index } = reference;
  const problem = (expected: string, fix: string): Finding => ({
    found: `${text.where} uses ${reference.text}, but ${what} is ${type === 'string' ? 'a string' : `an ${type}`}`,
    expected,
    fix,
  });
  switch (type) {
    case 'string': {
      if (text.place === 'list') {
        return problem('a variable for a whole array', 'write a list, or use an array');
      }
      const right = rest.length === 0 && index === undefined;
      return right ? undefined : problem(`$(${stem})`, `write $(${stem})`);
    }
    case 'array': {
      const isElement = index !== undefined && index !== '*' && text.place !== 'list';
      if (rest.length === 0 && (isElement || mayBeWhole(text, reference, type))) {
        return undefined;
      }
      return ['text', 'fixed'].includes(text.place)
        ? problem(`one element, $(${stem}[0]), because a whole array stands in lists only`, `write $(${stem}[0])`)
        : problem(
            `one element, $(${stem}[0]), or all of them as $(${stem}[*]) and nothing else`,
            `write $(${stem}[0]), or $(${stem}[*]) alone`,
          );
    }
    case 'object': {
      const isKey = rest.length === 1 && index === undefined && text.place !== 'list';
      return isKey || (rest.length === 0 && mayBeWhole(text, reference, type))
        ? undefined
        : problem(
            `the value of one key, $(${stem}.${keys[0]}), or $(${stem}[*]) as the whole value of an object`,
            `write $(${stem}.${keys[0]})`,
          );
    }
  }
}

function misuses(
  path: string,
  texts: readonly LocatedText[],
  declared: (reference: Reference) => Declared | undefined,
): Problem[] {
  return texts.flatMap((text) => {
    return text.references.flatMap((reference) => {
      const known = declared(reference);
      const finding = known && misuse(text, reference, known);
      return finding ? [{ code: 'variable-type', path, ...finding }] : [];
    });
  });
}

/**
 * Text takes strings, elements and values of keys; whole arrays and objects stand alone. Tekton refuses some of the
 * others, and leaves the rest in the text as they are. (`pkg/substitution/substitution.go` and
 * `pkg/entrypoint/entrypointer.go` of tektoncd/pipeline v1.15.)
 */
export function taskVariableType(task: TaskModel): Problem[] {
  const declared = (reference: Reference) => declaredInTask(task, reference);
  const containers = task.stepTemplate ? [task.stepTemplate, ...task.steps] : task.steps;
  const results = task.results.flatMap(({ name, type, value }) => {
    const source = value?.references[0] && declared(value.references[0]);
    return !source || source.type === type
      ? []
      : [
          {
            code: 'variable-type',
            path: task.path,
            found: `result ${name}, of type ${type}, takes its value from ${source.what}, of type ${source.type}`,
            expected: 'two results of one type',
            fix: `declare ${name} with type ${source.type}`,
          },
        ];
  });
  return [
    ...containers.flatMap(({ texts }) => misuses(task.path, texts, declared)),
    ...misuses(task.path, task.texts, declared),
    ...results,
  ];
}

/** The same for Pipelines. (`pkg/apis/pipeline/v1/param_types.go` of tektoncd/pipeline v1.15.) */
export function pipelineVariableType(pipeline: PipelineModel): Problem[] {
  const declared = (reference: Reference) => declaredInPipeline(pipeline, reference);
  return [
    ...pipeline.tasks.flatMap(({ path, texts }) => misuses(path, texts, declared)),
    ...pipeline.results.flatMap(({ texts }) => misuses(pipeline.path, texts, declared)),
  ];
}

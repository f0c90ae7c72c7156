import { validate } from '../rules/validation';
import type { Pipeline } from '../tekton/pipeline';
import { WaitPipelineTask } from './wait-task';

/**
 * A run that fails between an experiment's begin and its end leaves its traffic shared and the service taken, unless a
 * WaitTask under `finally` puts that in order.
 * @internal
 */
export function experimentFinish(pipeline: Pipeline, path: string, service: string, namespace: string): void {
  validate(
    pipeline,
    () => pipeline._revision,
    () => {
      return pipeline.tasks.some((task) => task instanceof WaitPipelineTask && task._finishes(service, namespace))
        ? []
        : [
            {
              code: 'experiment-finish',
              path,
              found: `an experiment on service ${service} in ${namespace} that nothing ends when the run fails`,
              expected: 'a WaitTask for the same service under finally',
              fix: 'add it with WaitTask.addFinallyTo',
            },
          ];
    },
  );
}

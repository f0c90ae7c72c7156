import { PARAMS, requireBound } from './param-rules';

/** Where the Kubernetes manifests of a version are in the repository. Paths may be variables. */
export class Manifests {
  /**
   * A folder with a kustomization. It may hold whatever objects there are. The Deployment that becomes the candidate gets
   * its name, the label `version` and the image from the task.
   */
  public static kustomize(directory: string): Manifests {
    const path = requireBound('Manifests.kustomize', 'directory', directory, PARAMS.deploy.path);
    return new Manifests({ path, format: 'kustomize', patch: '' });
  }

  /**
   * A folder with a kustomization that uses a patch of the same folder, strategic or JSON, with placeholders, as in the
   * article of October 2019. In the patch the word `VERSION` becomes the short commit, as a text, and the word `IMAGE` the
   * image by its digest. The patch names the Deployment `DEPLOYMENT-VERSION`; with another name the run fails. Its container
   * gets the image in any case, whatever the patch has there.
   */
  public static kustomizePatch(directory: string, patchFile: string): Manifests {
    const what = 'Manifests.kustomizePatch';
    const path = requireBound(what, 'directory', directory, PARAMS.deploy.path);
    const patch = requireBound(what, 'patchFile', patchFile, { ...PARAMS.deploy.patch, optional: false });
    return new Manifests({ path, format: 'kustomize', patch });
  }

  /**
   * Plain YAML or JSON without a kustomization: a file, or a folder whose files that end in `.yaml`, `.yml` or `.json` are
   * taken, without those of its own folders.
   */
  public static yaml(path: string): Manifests {
    return new Manifests({
      path: requireBound('Manifests.yaml', 'path', path, PARAMS.deploy.path),
      format: 'yaml',
      patch: '',
    });
  }

  private constructor(
    /** Params of the DeployTask. @internal */
    public readonly _params: { readonly path: string; readonly format: string; readonly patch: string },
  ) {}
}

import { App, Chart } from 'cdk8s';
import { Secret, ServiceAccount } from 'cdk8s-plus-25';
import {
  CredentialsSecret,
  DeployApplicationTask,
  GitSource,
  Iter8Api,
  Iter8ClusterRole,
  Iter8Pipeline,
  LoadProfile,
  LoadStart,
  Manifests,
  Pipeline,
  StopSignal,
} from '../../lib';

/** What the registry asks for. Values come from where the app is run; they stand in the manifests afterwards. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/**
 * The reviews service of bookinfo with the choices of the article of 2019: iter8 of that time, the Experiment and a patch
 * with placeholders in the repository, a volume that ends the load, load from the build on, and one service account with one
 * ClusterRole for all tasks. Whoever begins anew takes the defaults, as the other examples do.
 */
export function fromTheArticle(app: App, login: Login): void {
  const chart = new Chart(app, 'article', { namespace: 'bookinfo' });
  const source = GitSource.repository('https://git.example.com/bookinfo/reviews');

  const registry = CredentialsSecret.registryBasicAuth(chart, 'registry', {
    name: 'registry',
    registry: 'registry.example.com',
    ...login,
  });
  const serviceAccount = new ServiceAccount(chart, 'account', {
    metadata: { name: 'canary' },
    automountToken: true,
    secrets: [Secret.fromSecretName(chart, 'registry-secret', registry.name)],
  });
  new Iter8ClusterRole(chart, 'role').bind(serviceAccount);

  const application = new Pipeline(chart, 'application', { metadata: { name: 'bookinfo' } });
  new DeployApplicationTask(chart, 'deploy-application').addTo(application, {
    repository: source.url,
    manifests: 'iter8',
    namespace: 'bookinfo',
    host: 'bookinfo.example.com',
    serviceAccountName: serviceAccount.name,
  });

  new Iter8Pipeline(chart, 'reviews', {
    source,
    image: 'registry.example.com/bookinfo/reviews',
    service: 'reviews',
    api: Iter8Api.V1ALPHA1,
    experimentTemplate: 'iter8/experiment.yaml',
    manifests: Manifests.kustomizePatch('kustomize', 'patch.yaml'),
    load: LoadProfile.constantRate({ host: 'bookinfo.example.com', path: '/productpage', perSecond: 20 }),
    loadStart: LoadStart.AFTER_BUILD,
    stopSignal: StopSignal.sharedClaim({ storageClassName: 'default' }),
    serviceAccount,
  });
}

if (require.main === module) {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = process.env;
  if (!username || !password) {
    throw new Error('REGISTRY_USERNAME and REGISTRY_PASSWORD are not both set; set them to what the registry asks for');
  }
  const app = new App();
  fromTheArticle(app, { username, password });
  app.synth();
}

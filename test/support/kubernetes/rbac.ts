/** What a request is about, as far as rights go. */
export interface Access {
  /** Name of the service account that asks; empty for who may do everything. */
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
}

/** Who may do what, by the Roles and RoleBindings among some manifests. */
export class Rbac {
  /** Rights that are taken away, whatever the Roles say. */
  public readonly withdrawn: Omit<Access, 'namespace'>[] = [];

  public constructor(private readonly manifests: readonly any[]) {}

  public allows(access: Access): boolean {
    const { user, verb, group, resource, namespace } = access;
    if (user === '') {
      return true;
    }
    const taken = this.withdrawn.some((each) =>
      (['user', 'verb', 'group', 'resource'] as const).every((field) => each[field] === access[field]),
    );
    return (
      !taken &&
      this.rules(user, namespace).some((rule) => {
        return rule.apiGroups.includes(group) && rule.resources.includes(resource) && rule.verbs.includes(verb);
      })
    );
  }

  private rules(user: string, namespace: string): any[] {
    const here = this.manifests.filter(({ metadata }) => metadata.namespace === namespace);
    return here
      .filter(({ kind, subjects }) => kind === 'RoleBinding' && subjects.some(({ name }: any) => name === user))
      .flatMap(({ roleRef }) => here.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === roleRef.name))
      .flatMap(({ rules }) => rules);
  }
}

/** Lists of objects in which strategic merge patches find an item by its key. Those that Deployments and Services have. */
const KEYS: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
};

function isMap(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON merge patch (RFC 7396). With `strategic`, items of some lists are found by their keys, as kubectl apply wants it. */
export function mergePatch(target: any, patch: any, strategic = false): any {
  if (!isMap(patch)) {
    return patch;
  }
  const result: Record<string, any> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) {
      continue;
    }
    if (value === null) {
      delete result[name];
    } else if (strategic && Array.isArray(value) && KEYS[name] && value.every(isMap)) {
      result[name] = mergeList(result[name] ?? [], value, name);
    } else {
      result[name] = mergePatch(result[name], value, strategic);
    }
  }
  return result;
}

function mergeList(target: any[], patch: any[], name: string): any[] {
  const key = name === 'ports' && patch.some((item) => item.containerPort === undefined) ? 'port' : KEYS[name];
  const result = [...target];
  for (const item of patch) {
    const at = result.findIndex((each) => each[key] === item[key]);
    if (item.$patch === 'delete') {
      result.splice(at, at < 0 ? 0 : 1);
    } else if (at < 0) {
      result.push(item);
    } else {
      result[at] = mergePatch(result[at], item, true);
    }
  }
  return result;
}

/** A JSON patch (RFC 6902); throws when a path or a test does not fit. */
export function jsonPatch(target: any, operations: readonly any[]): any {
  const root = { '': structuredClone(target) };
  for (const { op, path, value } of operations) {
    const parts = ['', ...String(path).split('/').slice(1)].map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
    const last = parts.pop() as string;
    let parent: any = root;
    for (const part of parts) {
      parent = parent[part];
      if (typeof parent !== 'object' || parent === null) {
        throw new Error(`the path ${path} is not there`);
      }
    }
    if (op === 'test') {
      if (JSON.stringify(parent[last]) !== JSON.stringify(value)) {
        throw new Error(`testing path ${path} failed`);
      }
    } else if (op === 'remove') {
      if (!(last in parent)) {
        throw new Error(`the path ${path} is not there`);
      }
      Array.isArray(parent) ? parent.splice(Number(last), 1) : delete parent[last];
    } else if (Array.isArray(parent)) {
      parent.splice(last === '-' ? parent.length : Number(last), op === 'replace' ? 1 : 0, value);
    } else {
      parent[last] = value;
    }
  }
  return root[''];
}

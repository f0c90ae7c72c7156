import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { script } from '../../lib/tasks/script';

const SCRIPTS = readdirSync(join(__dirname, '../../lib/tasks/scripts'));

/** The files of the scripts in place of their texts, which have tests of their own. */
export function withoutScripts(manifest: any): any {
  const replace = (_key: string, value: any) => {
    const name = typeof value === 'string' && value.startsWith('#!') && SCRIPTS.find((file) => script(file) === value);
    return name ? `(lib/tasks/scripts/${name})` : value;
  };
  return JSON.parse(JSON.stringify(manifest, replace));
}

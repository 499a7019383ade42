import { Observable } from 'rxjs';

const AsyncGeneratorFunction = async function* () {}.constructor;

/** Whether a method streams: by its kind and its declared return type. `null` where only a call shows it. */
export function streamingKind(host: object, name: string, callback: object): boolean | null {
  if (callback instanceof AsyncGeneratorFunction) return true;
  if (!Reflect.hasMetadata('design:returntype', host, name)) return null;
  const returned: unknown = Reflect.getMetadata('design:returntype', host, name);
  if (returned === Observable) return true;
  return returned === Object || returned === Promise || returned === Function ? null : false;
}

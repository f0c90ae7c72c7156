/**
 * A copy of the lists and maps in a value, so that what the caller does to its own afterwards, which nothing would check
 * any more, changes nothing. Constructs and other objects of classes stay what they are.
 * @internal
 */
export function copy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(copy) as Value;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return value;
  }
  const copied: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) {
    copied[key] = copy((value as { [key: string]: unknown })[key]);
  }
  return copied as Value;
}

/**
 * Documents by their JSON Schemas. A schema's `description` says, for people, what belongs in a place:
 * what does not fit is told with it, in one sentence.
 */
import { Ajv, type ErrorObject, type SchemaObject } from 'ajv';
import { inputError, type KvmtraceError } from '../base/errors.js';

/** `text or a number` is two types in one. */
const ajv = new Ajv({ allowUnionTypes: true, verbose: true });

/**
 * A function that checks documents by a schema. It throws a KvmtraceError (exit code 2) that names
 * the first place that does not fit.
 *
 * @param title what messages call the document as a whole
 */
export function checker(title: string, schema: SchemaObject): (document: unknown) => void {
  const validate = ajv.compile(schema);
  return (document) => {
    // Of a choice, what is wrong with each of its parts comes first.
    if (!validate(document)) throw misfit(title, validate.errors!.at(-1)!);
  };
}

/** An object that has these fields, perhaps, and no others. */
export function object(
  properties: Readonly<Record<string, SchemaObject>>,
  required: readonly string[] = [],
): SchemaObject {
  return { type: 'object', description: 'an object', additionalProperties: false, properties, required }; // prettier-ignore
}

/** One of some words. */
export function oneOf(words: readonly string[]): SchemaObject {
  return { enum: words, description: words.join(', ') };
}

function misfit(title: string, error: ErrorObject): KvmtraceError {
  const path = error.instancePath.slice(1).split('/').join('.');
  const schema = error.parentSchema as SchemaObject;
  const properties = (schema['properties'] ?? {}) as Record<string, SchemaObject>;
  if (error.keyword === 'additionalProperties') {
    const { additionalProperty } = error.params as { additionalProperty: string };
    const names = Object.keys(properties).join(', ');
    return inputError(`${path || title} has no ${additionalProperty}: it may have ${names}.`);
  }
  if (error.keyword === 'required') {
    const { missingProperty } = error.params as { missingProperty: string };
    const name = path === '' ? missingProperty : `${path}.${missingProperty}`;
    return inputError(
      `${name} is missing, and should be ${expected(properties[missingProperty])}.`,
    );
  }
  return inputError(
    `${path || title} is ${JSON.stringify(error.data)}, and should be ${expected(schema)}.`,
  );
}

function expected(schema: SchemaObject | undefined): string {
  return String(schema?.['description'] ?? 'something else');
}

